/** A server's webhook, installed again and again and by two at once: one is left, the oldest, with today's headers, and none of somebody else's is touched. */
import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../service/core/configuration/records.ts';
import { PortFault, type PortFaultClass } from '../../service/core/portFault.ts';
import { sql } from '../../service/store/pool.ts';
import { type Installed, installOrTakeOver, isWebhookGone } from '../../service/work/installedWebhook.ts';
import { webhookUrlOf } from '../../service/work/webhookCredential.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { createTestDatabase } from '../support/database.ts';
import { lostAfter, meanwhile, unavailable } from '../support/fakeCalls.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const old = { authorization: 'Bearer of-yesterday', signature: 'v1=of-yesterday' };

const placeOf = (ctx: WorkContext, c: Configuration) => {
  const routingToken = ctx.keyring.open(c.eId, 'routing-token', c.routingToken);
  const url = webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken);
  return { serverToken: ctx.keyring.open(c.eId, 'server-token', c.serverToken ?? ''), serverId: c.serverId ?? 0, routingToken, url };
};
const install = (ctx: WorkContext, c: Configuration): Promise<Installed> =>
  installOrTakeOver({ ...ctx, webhooks: ctx.ports.webhooks }, c, placeOf(ctx, c));
/** As another process would have made it: nothing of it is in our rows. */
const makeOne = async (ctx: WorkContext, c: Configuration, url = placeOf(ctx, c).url): Promise<number> =>
  (await ctx.ports.webhooks.createWebhook(placeOf(ctx, c).serverToken, url, old)).webhookId;
const standing = (): [number, string | undefined][] =>
  [...bench.postmark.webhooks.values()].map(({ webhookId, headers }) => [webhookId, headers['authorization']]);
const current = `Bearer ${bench.apiKeys.current}`;
const noted = async (): Promise<unknown> => (await bench.row(sql.unsafe`select fingerprint from webhook_credential`))['fingerprint'];

async function withoutWebhook(ctx: WorkContext): Promise<Configuration> {
  const c = await bench.sendable(ctx);
  bench.postmark.webhooks.clear();
  return c;
}

describe('a webhook with our URL', () => {
  test('is taken over and given the headers of today, the oldest where there are several, and the others are deleted', async () => {
    const ctx = await bench.worker('a');
    const c = await withoutWebhook(ctx);
    const foreign = await makeOne(ctx, c, 'https://elsewhere.example/');
    const oldest = await makeOne(ctx, c);
    await makeOne(ctx, c);
    expect(await install(ctx, c)).toEqual({ webhookId: oldest, takenOver: true });
    expect(standing()).toEqual([
      [foreign, old.authorization],
      [oldest, current],
    ]);
  });

  test('that another made while ours was being made stays, and ours is deleted', async () => {
    const ctx = await bench.worker('a');
    const c = await withoutWebhook(ctx);
    let theirs = 0;
    const overtake = meanwhile(async () => {
      theirs = await makeOne(ctx, c);
    });
    bench.outside.next('createWebhook', overtake);
    expect(await install(ctx, c)).toEqual({ webhookId: theirs, takenOver: false });
    expect(standing().map(([webhookId]) => webhookId)).toEqual([theirs]);
  });

  test('is looked for before one is made, so that a lost answer never makes two', async () => {
    const ctx = await bench.worker('a');
    const c = await withoutWebhook(ctx);
    bench.outside.next('createWebhook', lostAfter);
    await expect(install(ctx, c)).rejects.toThrow('createWebhook');
    expect((await install(ctx, c)).takenOver).toBe(true);
    expect(standing()).toEqual([[expect.any(Number), current]]);
  });
});

test('from the first call to the last answer nothing is known of what it presents, and so no rotation counts it as done', async () => {
  const ctx = await bench.worker('a');
  const c = await withoutWebhook(ctx);
  await install(ctx, c);
  expect(await noted()).not.toBe('');
  bench.postmark.webhooks.clear();
  for (const [operation, behaviour] of [
    ['listWebhooks', unavailable],
    ['createWebhook', lostAfter],
    ['updateWebhook', lostAfter],
  ] as const) {
    bench.outside.next(operation, behaviour);
    await expect(install(ctx, c)).rejects.toThrow(operation);
    expect(await noted()).toBe('');
  }
  await install(ctx, c);
  expect(await noted()).not.toBe('');
});

test('keys that change with every call are written three times, and what is noted is what was written last', async () => {
  const ctx = await bench.worker('a');
  const c = await withoutWebhook(ctx);
  let changes = 0;
  const change = meanwhile(async () => {
    changes += 1;
    bench.apiKeys = { current: `operator-key-${changes}`, previous: null };
  });
  bench.outside.next('createWebhook', change);
  bench.outside.always('updateWebhook', change);
  await install(ctx, c);
  expect([bench.outside.count('updateWebhook'), standing()]).toEqual([2, [[expect.any(Number), 'Bearer operator-key-2']]]);
  expect(changes).toBe(3);
});

test.each<[string, PortFaultClass, number | null, string | null, boolean]>([
  ['an answer of 404', 'refused', 404, null, true],
  ['1352, whatever its status', 'refused', 422, '1352', true],
  ['another refusal', 'refused', 422, '1354', false],
  ['no answer', 'unavailable', null, null, false],
])('a webhook is gone by %s: %s', (_what, faultClass, httpStatus, code, gone) => {
  const detail = { class: faultClass, provider: 'postmark', operation: 'updateWebhook', httpStatus, code } as const;
  expect(isWebhookGone(new PortFault(detail, 'said', null))).toBe(gone);
});
