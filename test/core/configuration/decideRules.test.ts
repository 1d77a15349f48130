/** What the tables of the lifecycle leave to sentences: windows, counts, generations, and what each event brings. */
import { describe, expect, test } from 'vitest';
import { allowedSignals, type Circumstances, type Decision, decide } from '../../../service/core/configuration/decide.ts';
import type { ConfigurationEvent, Signal } from '../../../service/core/configuration/events.ts';
import type { Configuration } from '../../../service/core/configuration/records.ts';
import { configurationOf, epoch, later } from '../../support/configurationBuilder.ts';

const circumstances: Circumstances = {
  now: epoch,
  otherCanSend: false,
  pollingIntervalSeconds: 30,
  pollingTimeoutHours: 24,
  failureThreshold: 5,
};

const signal = (name: Signal, adopt = false): ConfigurationEvent => ({ type: 'Signal', signal: name, reason: null, adopt });
const changed = (decision: Decision) => {
  if (decision.kind !== 'changed') throw new Error(`the decision was ${decision.kind}`);
  return decision;
};
const decided = (c: Configuration, event: ConfigurationEvent, given: Partial<Circumstances> = {}) =>
  changed(decide(c, event, { ...circumstances, ...given }));

const awaiting = configurationOf({ operational: 'AWAITING_VERIFICATION', verificationStartedAt: epoch });
const sending = configurationOf({ operational: 'OK', administrative: 'UNLOCKED' });
const looked: ConfigurationEvent = { type: 'VerificationChecked', dkim: true, returnPath: false, evidence: 'seen' };
const failed: ConfigurationEvent = { type: 'SendFailed', code: 'postmark_10', detail: 'bad token' };

describe('the verification window', () => {
  test('the next look comes after the interval, and never later than the end of the window', () => {
    const early = decided(awaiting, looked, { now: later(60) });
    expect(early.effects).toEqual([{ kind: 'check-verification', runAt: later(90) }]);
    const late = decided(awaiting, looked, { now: later(24 * 3600 - 10) });
    expect(late.effects).toEqual([{ kind: 'check-verification', runAt: later(24 * 3600) }]);
  });

  test('each look counts and keeps the flags it saw', () => {
    expect(decided(awaiting, looked).next).toMatchObject({ verificationPolls: 1, dkimVerified: true, returnPathVerified: false });
    const timedOut: ConfigurationEvent = { type: 'VerificationTimedOut', dkim: true, returnPath: false, evidence: 'seen' };
    expect(decided(awaiting, timedOut).next).toMatchObject({ verificationPolls: 1, dkimVerified: true, returnPathVerified: false });
  });

  test('a look that changes nothing of the state leaves the generation, so that its own successor still counts', () => {
    expect(decided(awaiting, looked).next.generation).toBe(awaiting.generation);
  });

  test.each(['AWAITING_VERIFICATION', 'UNVERIFIED'] as const)(
    're-verify in %s opens a fresh window and supersedes the old one',
    (operational) => {
      const old = { ...awaiting, operational, verificationPolls: 9, dkimVerified: true, returnPathVerified: false };
      const { next, effects } = decided(old, signal('re-verify'), { now: later(7200) });
      expect(next).toMatchObject({ verificationStartedAt: later(7200), verificationPolls: 0, dkimVerified: false, verifiedAt: null });
      expect(next.generation).toBe(old.generation + 1);
      expect(effects).toEqual([{ kind: 'check-verification', runAt: later(7200) }]);
    },
  );

  test('both flags and the moment are kept when the domain has verified', () => {
    expect(decided(awaiting, { type: 'Verified' }, { now: later(5) }).next).toMatchObject({
      dkimVerified: true,
      returnPathVerified: true,
      verifiedAt: later(5),
    });
  });
});

describe('the failure threshold', () => {
  test('the fifth failure in a row makes FAILURE, and is recorded as what it was', () => {
    let c = sending;
    for (let n = 1; n < 5; n += 1) {
      const decision = decided(c, failed);
      expect(decision).toMatchObject({ recorded: { type: 'SendFailed' }, effects: [], next: { operational: 'OK', failureCount: n } });
      c = decision.next;
    }
    const fifth = decided(c, failed);
    expect(fifth.recorded).toEqual({ type: 'FailureThresholdCrossed', code: 'postmark_10', detail: 'bad token' });
    expect(fifth.next).toMatchObject({ operational: 'FAILURE', failureCount: 5, lastFailureCode: 'postmark_10' });
    expect(fifth.effects).toEqual([{ kind: 'report-failure', runAt: epoch }]);
  });

  test('a success resets the count', () => {
    expect(decided({ ...sending, failureCount: 4, lastFailureCode: 'x' }, { type: 'SendSucceeded' }).next).toMatchObject({
      operational: 'OK',
      failureCount: 0,
      lastFailureCode: null,
    });
  });

  test('a success with nothing to reset is not an event of its own', () => {
    expect(decide(sending, { type: 'SendSucceeded' }, circumstances)).toEqual({ kind: 'ignored' });
  });

  test('recover begins at zero, in DEGRADED; the next success makes it OK', () => {
    const recovered = decided({ ...sending, operational: 'FAILURE', failureCount: 5 }, signal('recover')).next;
    expect(recovered).toMatchObject({ operational: 'DEGRADED', failureCount: 0 });
    expect(decided(recovered, { type: 'SendSucceeded' }).next.operational).toBe('OK');
  });
});

describe('one configuration of a tenant can send', () => {
  const failing = configurationOf({ operational: 'FAILURE', administrative: 'UNLOCKED' });
  test('an unlocked configuration does not recover into a second sender', () => {
    expect(decide(failing, signal('recover'), { ...circumstances, otherCanSend: true })).toMatchObject({
      kind: 'refused',
      code: 'tenant_already_sendable',
    });
    expect(allowedSignals(failing, true)).not.toContain('recover');
    expect(allowedSignals(failing, false)).toContain('recover');
  });
});

describe('provisioning', () => {
  test('what is unwound leaves nothing of ours on the record but the servers that had to be retired', () => {
    const full = configurationOf({
      operational: 'REMOVING',
      serverId: 5,
      serverName: 'n',
      serverToken: 't',
      keyVersionId: 'k',
      domainId: 6,
      webhookId: 7,
      dkimName: 'd',
      dkimValue: 'v',
      returnPathName: 'r',
      returnPathValue: 'w',
      recordsWrittenAt: epoch,
      verificationStartedAt: epoch,
      verificationPolls: 3,
      dkimVerified: true,
      returnPathVerified: true,
      verifiedAt: epoch,
      retiredServerIds: [4],
    });
    const { next } = decided(full, { type: 'Unwound', retiredServerId: 5 });
    const nothing = configurationOf();
    for (const field of [
      'serverId',
      'serverName',
      'serverToken',
      'keyVersionId',
      'domainId',
      'webhookId',
      'dkimName',
      'dkimValue',
    ] as const)
      expect([field, next[field]]).toEqual([field, nothing[field]]);
    for (const field of ['returnPathName', 'recordsWrittenAt', 'verificationStartedAt', 'dkimVerified', 'verifiedAt'] as const)
      expect([field, next[field]]).toEqual([field, nothing[field]]);
    expect(next.retiredServerIds).toEqual([4, 5]);
    expect(decided(full, { type: 'Unwound', retiredServerId: 4 }).next.retiredServerIds).toEqual([4]);
  });

  test('the wish to adopt lasts from re-provision through the clean-up to the end of the steps that may adopt', () => {
    const wished = decided(configurationOf({ operational: 'MISSING' }), signal('re-provision', true)).next;
    const cleaned = decided(wished, { type: 'Unwound', retiredServerId: null }).next;
    expect(cleaned).toMatchObject({ step: 'createServer', adoptRequested: true });
    const installed = decided({ ...cleaned, step: 'installWebhook' }, { type: 'WebhookInstalled', webhookId: 1, takenOver: false }).next;
    expect(installed.adoptRequested).toBe(false);
    const gaveUp = decided(cleaned, { type: 'StepFailed', step: 'createServer', code: 'c', detail: 'd' }).next;
    expect(gaveUp).toMatchObject({ adoptRequested: false, lastFailureCode: 'c', lastFailureDetail: 'd' });
  });

  test('why the last provisioning failed is forgotten when the next one has written its records', () => {
    const writing = configurationOf({ operational: 'PROVISIONING', step: 'writeRecords', lastFailureCode: 'c', lastFailureDetail: 'd' });
    expect(decided(writing, { type: 'RecordsWritten', changeId: 'C' }, { now: later(3) }).next).toMatchObject({
      lastFailureCode: null,
      lastFailureDetail: null,
      recordsWrittenAt: later(3),
      verificationStartedAt: later(3),
    });
  });
});
