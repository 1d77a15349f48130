/** Events that change secrets alone: in any state, moving nothing, and only while what they replace still stands. */
import { expect, test } from 'vitest';
import { type Circumstances, decide } from '../../../service/core/configuration/decide.ts';
import type { MaterialEvent } from '../../../service/core/configuration/events.ts';
import { operationalStates } from '../../../service/core/configuration/records.ts';
import { detailOf } from '../../../service/work/apply.ts';
import { configurationOf, later } from '../../support/configurationBuilder.ts';

const now = later(60);
const circumstances: Circumstances = {
  now,
  otherCanSend: false,
  pollingIntervalSeconds: 30,
  pollingTimeoutHours: 24,
  failureThreshold: 5,
};

const held = { serverToken: 'a1.kold:token', routingToken: 'a1.kold:route', keyVersionId: 'old', webhookId: 7 };
const events: [MaterialEvent, Record<string, unknown>][] = [
  [
    {
      type: 'SecretsResealed',
      keyVersionId: 'new',
      serverToken: 'a1.knew:token',
      routingToken: 'a1.knew:route',
      serverTokenBefore: held.serverToken,
      routingTokenBefore: held.routingToken,
    },
    { keyVersionId: 'new', serverToken: 'a1.knew:token', routingToken: 'a1.knew:route' },
  ],
  [
    { type: 'ServerTokenReplaced', keyVersionId: 'new', serverToken: 'a1.knew:other', serverTokenBefore: held.serverToken },
    { keyVersionId: 'new', serverToken: 'a1.knew:other' },
  ],
  [{ type: 'WebhookReplaced', webhookId: 8, webhookIdBefore: 7 }, { webhookId: 8 }],
];

const states = operationalStates.map((operational) => ({
  operational,
  step: operational === 'PROVISIONING' ? ('installWebhook' as const) : null,
}));

test.each(events)('%o changes its secrets in every state, and nothing else', (event, changed) => {
  for (const state of states) {
    const before = configurationOf({ ...state, ...held });
    expect(decide(before, event, circumstances), state.operational).toEqual({
      kind: 'changed',
      next: { ...before, ...changed, updatedAt: now },
      effects: [],
      recorded: event,
    });
  }
});

test.each(events)('%o is ignored when what it replaces has been replaced already', (event) => {
  const before = configurationOf({ operational: 'OK', ...held, serverToken: 'a1.kold:another', webhookId: 9 });
  expect(decide(before, event, circumstances)).toEqual({ kind: 'ignored' });
});

test('one without a server token keeps none, and names no key version for it', () => {
  const before = configurationOf({ operational: 'PENDING', serverToken: null, keyVersionId: null, routingToken: held.routingToken });
  const event: MaterialEvent = {
    type: 'SecretsResealed',
    keyVersionId: 'new',
    serverToken: null,
    routingToken: 'a1.knew:route',
    serverTokenBefore: null,
    routingTokenBefore: held.routingToken,
  };
  expect(decide(before, event, circumstances)).toMatchObject({
    next: { serverToken: null, keyVersionId: null, routingToken: 'a1.knew:route' },
  });
});

test.each(events)('history shows of %o no sealed text', (event) => {
  expect(JSON.stringify(detailOf(event))).not.toContain('a1.k');
});
