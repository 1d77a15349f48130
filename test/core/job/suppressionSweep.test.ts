import { describe, expect, it } from 'vitest';
import { type SweepFacts, sweepPlan } from '../../../service/core/job/suppressionSweep.ts';

const now = new Date('2026-03-01T12:00:00Z');
const ago = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const none = { open: [], release: [], suppress: [], unsuppress: [] };
const bob = 'bob@example.com';
const plan = (facts: Partial<SweepFacts>) =>
  sweepPlan({ listed: [], own: [], released: [], listBegan: ago(10_000), now, lagSeconds: 120, ...facts });
const listed = (reason: 'HardBounce' | 'SpamComplaint' | 'ManualSuppression', since = ago(60)) => [{ recipient: bob, reason, since }];
const own = (origin: string, reason = 'HardBounce', since = ago(60)) => [{ recipient: bob, reason, origin, since }];
const released = (at: Date) => [{ recipient: bob, releasedAt: at }];

describe('our suppressions against the provider’s', () => {
  it.each<[string, Partial<SweepFacts>, Partial<ReturnType<typeof sweepPlan>>]>([
    ['both alike', { listed: listed('HardBounce'), own: own('webhook') }, {}],
    ['a callback was lost: ours is opened', { listed: listed('HardBounce') }, { open: listed('HardBounce') }],
    ['a lost complaint too', { listed: listed('SpamComplaint') }, { open: listed('SpamComplaint') }],
    [
      'suppressed again after our release',
      { listed: listed('HardBounce', ago(5)), released: released(ago(30)) },
      { open: listed('HardBounce', ago(5)) },
    ],
    ['our release was not carried: it is', { listed: listed('HardBounce'), released: released(ago(30)) }, { unsuppress: [bob] }],
    ['our release may be on its way', { listed: listed('HardBounce'), released: released(ago(1)) }, {}],
    ['a complaint that we released stays on their list', { listed: listed('SpamComplaint'), released: released(ago(30)) }, {}],
    ['their reactivation was lost: ours is released', { own: own('webhook') }, { release: [bob] }],
    ['the same for what a refused send told us', { own: own('provider', 'ProviderInactive') }, { release: [bob] }],
    ['their list may lag behind the callback', { own: own('webhook', 'HardBounce', ago(1)) }, {}],
    ['a complaint is never released by absence', { own: own('webhook', 'SpamComplaint') }, {}],
    ['an operator’s entry was not carried: it is', { own: own('operator', 'ManualSuppression') }, { suppress: [bob] }],
    ['a tenant’s too', { own: own('tenant', 'ManualSuppression') }, { suppress: [bob] }],
    ['a new server never heard of an old bounce: it is told', { own: own('webhook'), listBegan: ago(10) }, { suppress: [bob] }],
  ])('%s', (_, facts, expected) => {
    expect(plan(facts)).toEqual({ ...none, ...expected });
  });
});
