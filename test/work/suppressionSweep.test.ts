/** What a lost callback or a lost call has left apart is put right by the next sweep. */
import { describe, expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { openSuppression } from '../../service/store/suppressions.ts';
import { accept } from '../../service/work/accept.ts';
import { addSuppression, releaseSuppressedRecipient } from '../../service/work/suppressionActions.ts';
import { suppressionSweeper, sweepSuppressions } from '../../service/work/suppressionSweep.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { payloadOf, requestOf } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { meanwhile, unavailable } from '../support/fakeCalls.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const bob = 'bob@example.com';

const sweepContext = (ctx: WorkContext) => ({ ...ctx, mail: ctx.ports.mail });
const sweep = (ctx: WorkContext) => sweepSuppressions(sweepContext(ctx));
const lists = (reason: 'HardBounce' | 'SpamComplaint' | 'ManualSuppression') => {
  bench.mail.listed = [{ recipient: bob, reason, since: bench.now }];
};
const entries = () =>
  bench.rows(sql.unsafe`select tenant_id as tenant, reason, origin, active, author from suppression_entry order by since, id`);
const send = async (ctx: WorkContext, c: { tenantId: string; eId: string }, key: string): Promise<string> => {
  const [outcome] = await accept(ctx, [requestOf(c, key, { recipient: bob, payload: payloadOf(bob) })], caller);
  return outcome?.kind === 'refused' ? outcome.code : String(outcome?.kind);
};

test('a bounce whose callback was lost: the recipient is refused after the sweep, and for that tenant alone', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx, { tenantId: 'acme' });
  expect(await send(ctx, c, 'before')).toBe('accepted');
  lists('HardBounce');
  expect(await sweep(ctx)).toBe(1);
  expect(await entries()).toEqual([{ tenant: 'acme', reason: 'HardBounce', origin: 'provider', active: true, author: 'postroute' }]);
  expect(await send(ctx, c, 'after')).toBe('recipient_suppressed');
  bench.mail.listed = [];
  const other = await bench.sendable(ctx, { tenantId: 'other' });
  expect(await send(ctx, other, 'theirs')).toBe('accepted');
  // Again: nothing is made twice.
  lists('HardBounce');
  await sweep(ctx);
  expect((await entries()).filter(({ tenant }) => tenant === 'acme')).toHaveLength(1);
});

test('a reactivation whose callback was lost: the recipient may be mailed again; a complaint stays', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  lists('HardBounce');
  await sweep(ctx);
  bench.pass(900);
  bench.mail.listed = [];
  await sweep(ctx);
  expect(await send(ctx, c, 'again')).toBe('accepted');
  lists('SpamComplaint');
  await sweep(ctx);
  bench.pass(900);
  bench.mail.listed = [];
  await sweep(ctx);
  expect(await send(ctx, c, 'complained')).toBe('recipient_suppressed');
});

test('what happens to an entry while the list is read stands: it is not released with what was there before', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const asked = { tenantId: 'acme', recipient: bob, note: null, origin: 'tenant' } as const;
  const complained = {
    id: ctx.newId(),
    recipient: bob,
    reason: 'SpamComplaint',
    origin: 'webhook',
    sourceJobEId: null,
    sourceEventId: null,
  } as const;
  for (const happens of [
    () => openSuppression(ctx.db, { tenantId: 'acme', ...complained, since: bench.now, note: null, author: 'postmark' }),
    () => addSuppression(sweepContext(ctx), asked, caller),
  ]) {
    lists('HardBounce');
    await sweep(ctx);
    bench.pass(900);
    bench.mail.listed = [];
    bench.outside.next(
      'listSuppressions',
      meanwhile(async () => void (await happens())),
    );
    await sweep(ctx);
    expect(await send(ctx, c, `asked at ${bench.now.getTime()}`)).toBe('recipient_suppressed');
    await bench.rows(sql.unsafe`delete from suppression_entry`);
  }
});

describe('a decision of ours that the provider was not told', () => {
  test('is carried by the sweep, once it cannot be on its way any more', async () => {
    const ctx = await bench.worker('a');
    await bench.sendable(ctx);
    bench.outside.next('suppress', unavailable);
    await addSuppression(sweepContext(ctx), { tenantId: 'acme', recipient: bob, note: null, origin: 'operator' }, caller);
    expect(bench.mail.suppressed).toEqual([]);
    await sweep(ctx);
    expect(bench.mail.suppressed).toEqual([]);
    bench.pass(900);
    await sweep(ctx);
    expect(bench.mail.suppressed).toEqual([bob]);
  });

  test('a release too; and their list does not open again what we have released', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    lists('HardBounce');
    await sweep(ctx);
    bench.pass(60);
    bench.outside.next('release', unavailable);
    await releaseSuppressedRecipient(
      sweepContext(ctx),
      { tenantId: c.tenantId, recipient: bob, reason: 'asked for mail', force: false },
      caller,
    );
    bench.pass(900);
    await sweep(ctx);
    expect(bench.mail.released).toEqual([bob]);
    expect(await send(ctx, c, 'after')).toBe('accepted');
  });
});

test('a list that cannot be read is told, and changes nothing; the others are swept', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx, { tenantId: 'acme' });
  await bench.sendable(ctx, { tenantId: 'other' });
  lists('HardBounce');
  await sweep(ctx);
  bench.pass(900);
  bench.mail.listed = [];
  bench.outside.next('listSuppressions', unavailable);
  expect(await sweep(ctx)).toBe(1);
  expect(JSON.stringify(bench.troubles())).toContain('suppression sweep');
  expect((await entries()).filter(({ active }) => active)).toHaveLength(1);
  expect(c.tenantId).toBe('acme');
});

test('is made once a tick, and by one replica at a time', async () => {
  const ctx = await bench.worker('a');
  await bench.sendable(ctx);
  const sweeper = suppressionSweeper(sweepContext(ctx), 15);
  expect(await sweeper.pass()).toBe(0);
  bench.pass(15 * 60);
  expect([await sweeper.pass(), await sweeper.pass()]).toEqual([1, 0]);
  let other: number | null = Number.NaN;
  bench.outside.next(
    'listSuppressions',
    meanwhile(async () => {
      other = await sweep(ctx);
    }),
  );
  expect([await sweep(ctx), other]).toEqual([1, null]);
});
