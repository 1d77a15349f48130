/** What is derived from the stored state: status, canSend, waitingOn. */
import { describe, expect, test } from 'vitest';
import {
  type AdministrativeState,
  administrativeStates,
  type Configuration,
  operationalStates,
} from '../../../service/core/configuration/records.ts';
import { canSend, statusOf } from '../../../service/core/configuration/sendable.ts';
import { type LiveEffect, waitingOn } from '../../../service/core/configuration/waitingOn.ts';
import { configurationOf, epoch, later } from '../../support/configurationBuilder.ts';

test('canSend is OK or DEGRADED, and UNLOCKED; the status shows the administrative state exactly there', () => {
  for (const operational of operationalStates)
    for (const administrative of administrativeStates) {
      const sendable = operational === 'OK' || operational === 'DEGRADED';
      expect([operational, administrative, canSend({ operational, administrative })]).toEqual([
        operational,
        administrative,
        sendable && administrative === 'UNLOCKED',
      ]);
      expect(statusOf({ operational, administrative })).toBe(sendable ? administrative : operational);
    }
});

const live: LiveEffect = { runAt: later(9), lastError: 'HTTP 503', zoneChangeSubmitted: false };

type Row = [name: string, given: Partial<Configuration>, live: LiveEffect | null, expected: object | null];
const work = (what: string, since = epoch) => ({ what, since, nextLook: live.runAt, signal: null, detail: 'HTTP 503' });
const operator = (signal: string, detail: string | null = null) => ({ what: 'operator', since: epoch, nextLook: null, signal, detail });
const rows: Row[] = [
  ['PENDING waits for provision', { operational: 'PENDING' }, null, operator('provision')],
  ...(['createServer', 'createDomain', 'installWebhook', 'writeRecords'] as const).map(
    (step): Row => [`PROVISIONING.${step} waits for itself`, { operational: 'PROVISIONING', step }, live, work(step)],
  ),
  [
    'submitted records wait to be in sync',
    { operational: 'PROVISIONING', step: 'writeRecords' },
    { ...live, zoneChangeSubmitted: true },
    work('recordsInSync'),
  ],
  ['an unwind is named so', { operational: 'PROVISIONING', step: 'unwind' }, live, work('unwind')],
  ['a clean-up is an unwind', { operational: 'PROVISIONING', step: 'cleanUp' }, live, work('unwind')],
  ['a removal is an unwind', { operational: 'REMOVING' }, live, work('unwind')],
  [
    'both flags missing',
    { operational: 'AWAITING_VERIFICATION', verificationStartedAt: later(2) },
    live,
    work('dkimAndReturnPathVerified', later(2)),
  ],
  ['DKIM missing', { operational: 'AWAITING_VERIFICATION', returnPathVerified: true }, live, work('dkimVerified')],
  ['Return-Path missing', { operational: 'AWAITING_VERIFICATION', dkimVerified: true }, live, work('returnPathVerified')],
  ['UNVERIFIED waits for re-verify', { operational: 'UNVERIFIED' }, null, operator('re-verify')],
  [
    'MISSING says why',
    { operational: 'MISSING', lastFailureDetail: 'the plan is full' },
    null,
    operator('re-provision', 'the plan is full'),
  ],
  ['FAILURE waits for recover', { operational: 'FAILURE', lastFailureDetail: 'bad token' }, null, operator('recover', 'bad token')],
  ['OK and LOCKED waits for unlock', { operational: 'OK' }, null, operator('unlock')],
  ['DEGRADED and LOCKED waits for unlock', { operational: 'DEGRADED' }, null, operator('unlock')],
  ['LOCKING drains', { operational: 'OK', administrative: 'LOCKING' }, live, work('drain')],
  ['nothing is waited for while mail goes', { operational: 'OK', administrative: 'UNLOCKED' }, null, null],
  ['nothing is waited for in REMOVED', { operational: 'REMOVED' }, null, null],
];
test.each(rows)('%s', (_name, given, liveEffect, expected) => {
  expect(waitingOn(configurationOf(given), liveEffect)).toEqual(expected);
});

test('unlock is waited for since the lock, everything else since its state was entered', () => {
  const c = configurationOf({ operational: 'OK', operationalSince: later(1), administrativeSince: later(2) });
  expect(waitingOn(c, null)?.since).toEqual(later(2));
  expect(waitingOn({ ...c, operational: 'FAILURE' }, null)?.since).toEqual(later(1));
  expect(waitingOn({ ...c, administrative: 'LOCKING' }, null)?.since).toEqual(later(2));
});

describe('every state that is not final and not at work says what it waits for', () => {
  const quiet = (operational: string, administrative: AdministrativeState) =>
    operational === 'REMOVED' || ((operational === 'OK' || operational === 'DEGRADED') && administrative === 'UNLOCKED');
  test.each(operationalStates)('%s', (operational) => {
    // Only what is LOCKED can be removed.
    for (const administrative of operational === 'REMOVED' ? (['LOCKED'] as const) : administrativeStates) {
      const step = operational === 'PROVISIONING' ? 'createServer' : null;
      const said = waitingOn(configurationOf({ operational, step, administrative }), null);
      expect([administrative, said === null]).toEqual([administrative, quiet(operational, administrative)]);
    }
  });
});
