/** Rewriting what webhooks present: every one, each once, only when all processes accept it, and with what is left named. */
import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../../service/core/configuration/records.ts';
import { sql } from '../../../service/store/pool.ts';
import { countStaleWebhooks, listStaleWebhooks } from '../../../service/store/webhookCredentials.ts';
import { fingerprintOf } from '../../../service/work/fingerprint.ts';
import { turnRotations } from '../../../service/work/rotation/rotations.ts';
import {
  credentialFingerprintOf,
  credentialToWrite,
  currentCredential,
  webhookSignatureOf,
} from '../../../service/work/webhookCredential.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import { createTestDatabase } from '../../support/database.ts';
import { lostAfter, meanwhile, refused, unavailable } from '../../support/fakeCalls.ts';
import { WorkBench } from '../../support/workBench.ts';
import { report, runOf, several, start, turnAll, turnFor } from './support.ts';

const bench = new WorkBench(await createTestDatabase());
const kind = 'webhook-credential';

const rotateKeys = (): void => {
  bench.apiKeys = { current: 'the-new-operator-key', previous: bench.apiKeys.current };
  bench.signingKeys = { current: 'the-new-signing-key', previous: bench.signingKeys.current };
};
const target = (ctx: WorkContext): string => credentialFingerprintOf(currentCredential(ctx));
const counts = async (ctx: WorkContext) => {
  const { total, stale, lasting, passing } = await countStaleWebhooks(ctx.db, target(ctx));
  return { total, stale, lasting, passing };
};
const codes = async (ctx: WorkContext) =>
  Object.fromEntries((await listStaleWebhooks(ctx.db, target(ctx), 200)).map(({ configurationEId, code }) => [configurationEId, code]));
const presented = (c: Configuration) => bench.postmark.webhooks.get(c.webhookId ?? 0)?.headers;
const wanted = (ctx: WorkContext, c: Configuration) => ({
  authorization: `Bearer ${ctx.credentials.apiKeys().current}`,
  'x-postroute-signature': webhookSignatureOf(
    ctx.credentials.signingKeys().current,
    ctx.keyring.open(c.eId, 'routing-token', c.routingToken),
    c.serverId ?? 0,
  ),
});

test('each webhook is given both new secrets by one call, and the rest of it stays', async () => {
  const ctx = await bench.worker('a');
  const fleet = await several(bench, ctx, 5);
  await bench.create(ctx, { provision: false });
  rotateKeys();
  expect(await counts(ctx)).toEqual({ total: 5, stale: 5, lasting: 0, passing: 0 });
  bench.outside.log.length = 0;
  await start(ctx, kind);
  await turnAll(ctx);
  for (const c of fleet) expect(presented(c)).toEqual(wanted(ctx, c));
  expect([bench.outside.log, await counts(ctx)]).toEqual([Array(5).fill('updateWebhook'), { total: 5, stale: 0, lasting: 0, passing: 0 }]);
  expect(await runOf(ctx, kind)).toEqual({ running: false, waitingFor: null });
  await start(ctx, kind);
  await turnAll(ctx);
  expect(bench.outside.count('updateWebhook')).toBe(5);
});

test('no webhook is rewritten before every live process accepts what it would present', async () => {
  const ctx = await bench.worker('a');
  await several(bench, ctx, 2);
  await report(ctx, 'slow');
  rotateKeys();
  await report(ctx, 'a');
  await start(ctx, kind);
  expect(await turnFor(bench, ctx, kind, 3)).toBe(false);
  expect([await runOf(ctx, kind), bench.outside.count('updateWebhook')]).toEqual([
    { running: true, waitingFor: 'slow to accept the new secrets' },
    0,
  ]);
  await report(ctx, 'slow');
  expect(await turnFor(bench, ctx, kind, 3)).toBe(true);
  expect((await counts(ctx)).stale).toBe(0);
});

describe('a webhook that is installed while keys change', () => {
  test('presents the old ones until every process accepts the new', async () => {
    const ctx = await bench.worker('a');
    await report(ctx, 'slow');
    const before = currentCredential(ctx);
    rotateKeys();
    await report(ctx, 'a');
    expect(await credentialToWrite(ctx)).toEqual(before);
    await report(ctx, 'slow', { signingKeys: [fingerprintOf(before.signingKey)] });
    expect(await credentialToWrite(ctx)).toEqual({ apiKey: 'the-new-operator-key', signingKey: before.signingKey });
    await report(ctx, 'slow');
    expect(await credentialToWrite(ctx)).toEqual(currentCredential(ctx));
  });

  test('is written once more when they change under the call, so that no old one is left behind a finished run', async () => {
    const ctx = await bench.worker('a');
    const change = meanwhile(async () => {
      if (bench.apiKeys.previous === null) rotateKeys();
    });
    bench.outside.next('createWebhook', change);
    const c = await bench.workFor(ctx, 5, ({ webhookId }) => webhookId !== null, await bench.create(ctx));
    expect([bench.outside.count('createWebhook'), bench.outside.count('updateWebhook')]).toEqual([1, 1]);
    expect(presented(c)).toEqual(wanted(ctx, c));
    expect((await counts(ctx)).stale).toBe(0);
  });

  test('whose answer was lost counts as not known, and not as what was written for an earlier one', async () => {
    const ctx = await bench.worker('a');
    const [c] = await several(bench, ctx, 1);
    if (c === undefined) throw new Error('one was made');
    await start(ctx, kind);
    await turnAll(ctx);
    expect((await counts(ctx)).stale).toBe(0);
    bench.postmark.webhooks.clear();
    bench.outside.next('createWebhook', lostAfter);
    rotateKeys();
    await start(ctx, kind);
    await turnRotations(ctx);
    expect([await counts(ctx), await codes(ctx)]).toEqual([
      { total: 1, stale: 1, lasting: 0, passing: 1 },
      { [c.eId]: 'postmark_unknown' },
    ]);
    expect(await turnFor(bench, ctx, kind, 10)).toBe(true);
    expect((await counts(ctx)).stale).toBe(0);
  });
});

test('a rotation that is taken back writes the old secrets again where the answer to the new ones was lost', async () => {
  const ctx = await bench.worker('a');
  const [c] = await several(bench, ctx, 1);
  if (c === undefined) throw new Error('one was made');
  await start(ctx, kind);
  await turnAll(ctx);
  const before = [bench.apiKeys, bench.signingKeys] as const;
  rotateKeys();
  await start(ctx, kind);
  bench.outside.next('updateWebhook', lostAfter);
  await turnRotations(ctx);
  expect(presented(c)).toEqual(wanted(ctx, c));
  [bench.apiKeys, bench.signingKeys] = before;
  expect((await counts(ctx)).stale).toBe(1);
  await start(ctx, kind);
  expect(await turnFor(bench, ctx, kind, 10)).toBe(true);
  expect([presented(c), (await counts(ctx)).stale]).toEqual([wanted(ctx, c), 0]);
});

test('while Postmark is away for some they are tried again, later and later, and the others are not held up', async () => {
  const ctx = await bench.worker('a');
  await several(bench, ctx, 4);
  rotateKeys();
  bench.outside.next('updateWebhook', unavailable, unavailable);
  await start(ctx, kind);
  await turnAll(ctx);
  expect([await counts(ctx), await runOf(ctx, kind)]).toEqual([
    { total: 4, stale: 2, lasting: 0, passing: 2 },
    { running: true, waitingFor: '2 configuration(s) to be tried again' },
  ]);
  bench.pass(4);
  expect(await turnAll(ctx)).toBe(0);
  expect(await turnFor(bench, ctx, kind, 2)).toBe(true);
  expect([(await counts(ctx)).stale, bench.outside.count('updateWebhook')]).toEqual([0, 6]);
});

test('a server whose token Postmark refuses is named, and does not keep the run from its end', async () => {
  const ctx = await bench.worker('a');
  const [dead] = await several(bench, ctx, 3);
  bench.postmark.setTokens(dead?.serverId ?? 0, ['another-token']);
  rotateKeys();
  await start(ctx, kind);
  expect(await turnFor(bench, ctx, kind, 2)).toBe(true);
  expect([await counts(ctx), await codes(ctx)]).toEqual([
    { total: 3, stale: 1, lasting: 1, passing: 0 },
    { [dead?.eId ?? '']: 'postmark_10' },
  ]);
});

describe('a webhook that is not there any more', () => {
  test('is made again, and the configuration knows the new one', async () => {
    const ctx = await bench.worker('a');
    const [c] = await several(bench, ctx, 1);
    if (c === undefined) throw new Error('one was made');
    bench.postmark.webhooks.clear();
    rotateKeys();
    await start(ctx, kind);
    expect(await turnFor(bench, ctx, kind, 2)).toBe(true);
    const now = await bench.read(c);
    expect([now.webhookId === c.webhookId, presented(now), [...bench.postmark.webhooks.keys()]]).toEqual([
      false,
      wanted(ctx, c),
      [now.webhookId],
    ]);
    expect((await counts(ctx)).stale).toBe(0);
    const [event] = await bench.rows(sql.unsafe`select event, author from configuration_event order by sequence desc limit 1`);
    expect(event).toEqual({ event: 'WebhookReplaced', author: 'operator' });
  });

  test('is not made again for a server that is being released', async () => {
    const ctx = await bench.worker('a');
    const [c] = await several(bench, ctx, 1);
    if (c === undefined) throw new Error('one was made');
    await bench.signal(ctx, c, 'force-lock');
    await bench.signal(ctx, c, 'remove');
    bench.postmark.webhooks.clear();
    rotateKeys();
    await start(ctx, kind);
    expect(await turnFor(bench, ctx, kind, 2)).toBe(true);
    expect([bench.postmark.webhooks.size, await codes(ctx)]).toEqual([0, { [c.eId]: 'being_released' }]);
  });
});

test('what counts is what Postmark’s answer shows, not what it was told', async () => {
  const ctx = await bench.worker('a');
  const [c] = await several(bench, ctx, 1);
  if (c === undefined) throw new Error('one was made');
  rotateKeys();
  const { updateWebhook } = ctx.ports.fleetWebhooks;
  const forgetful = {
    ...ctx.ports.fleetWebhooks,
    updateWebhook: async (...asked: Parameters<typeof updateWebhook>) => ({ ...(await updateWebhook(...asked)), headers: {} }),
  };
  await start(ctx, kind);
  await turnAll({ ...ctx, ports: { ...ctx.ports, fleetWebhooks: forgetful } });
  expect([await counts(ctx), await codes(ctx)]).toEqual([{ total: 1, stale: 1, lasting: 0, passing: 1 }, { [c.eId]: 'not_shown' }]);
  expect(await turnFor(bench, ctx, kind, 10)).toBe(true);
});

test('a stop in the middle blames nobody, and the next process goes on', async () => {
  const ctx = await bench.worker('a');
  await several(bench, ctx, 3);
  rotateKeys();
  const stopping = new AbortController();
  bench.outside.next(
    'updateWebhook',
    meanwhile(async () => stopping.abort()),
    refused(10),
  );
  await start(ctx, kind);
  await turnRotations({ ...ctx, stopping: stopping.signal });
  expect(await codes(ctx)).not.toContain('postmark_10');
  bench.outside.always('updateWebhook', null);
  expect(await turnFor(bench, await bench.worker('b'), kind, 3)).toBe(true);
  expect((await counts(ctx)).stale).toBe(0);
});
