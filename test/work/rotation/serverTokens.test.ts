/** A person makes a second token for a server at Postmark, and takes the first away: mail goes on, and no token is taken back. */
import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../../service/core/configuration/records.ts';
import { sql } from '../../../service/store/pool.ts';
import { serverTokenRound, takeOverServerTokens } from '../../../service/work/rotation/serverTokens.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import { createTestDatabase } from '../../support/database.ts';
import { refused, unavailable } from '../../support/fakeCalls.ts';
import { MemoryKeyring, versions } from '../../support/memoryKeyring.ts';
import { WorkBench } from '../../support/workBench.ts';
import { several } from './support.ts';

const bench = new WorkBench(await createTestDatabase());

const tokenOf = async (ctx: WorkContext, c: Configuration): Promise<string> =>
  ctx.keyring.open(c.eId, 'server-token', (await bench.read(c)).serverToken ?? '');
const events = () =>
  bench.rows(sql.unsafe`select author, detail from configuration_event where event = 'ServerTokenReplaced' order by at, sequence`);

async function one(): Promise<{ ctx: WorkContext; c: Configuration; first: string; material: MemoryKeyring }> {
  const material = new MemoryKeyring();
  const ctx = { ...(await bench.worker('a')), keyring: material.keyring };
  const [c] = await several(bench, ctx, 1);
  if (c === undefined) throw new Error('one was made');
  return { ctx, c, first: `token-of-${c.serverId}`, material };
}

test('a second token is taken over, sealed under the current version, once, and history says so without it', async () => {
  const { ctx, c, first, material } = await one();
  expect(await takeOverServerTokens(ctx)).toBe(0);
  material.add(versions[1]);
  bench.postmark.setTokens(c.serverId, [first, 'the-second']);
  expect([await takeOverServerTokens(ctx), await takeOverServerTokens(ctx)]).toEqual([1, 0]);
  expect([await tokenOf(ctx, c), (await bench.read(c)).keyVersionId]).toEqual(['the-second', versions[1]]);
  expect(await events()).toEqual([{ author: 'postroute', detail: { keyVersionId: versions[1] } }]);
  const dump = JSON.stringify(await bench.rows(sql.unsafe`select to_jsonb(r) as row from replaced_server_token r`));
  expect(dump).not.toContain(first);
});

test('the first is not taken back while both are listed, and a third is taken over', async () => {
  const { ctx, c, first } = await one();
  bench.postmark.setTokens(c.serverId, [first, 'the-second']);
  await takeOverServerTokens(ctx);
  // In whatever order Postmark lists them.
  bench.postmark.setTokens(c.serverId, ['the-second', first]);
  expect([await takeOverServerTokens(ctx), await tokenOf(ctx, c)]).toEqual([0, 'the-second']);
  bench.postmark.setTokens(c.serverId, ['the-second', 'the-third', first]);
  expect([await takeOverServerTokens(ctx), await tokenOf(ctx, c)]).toEqual([1, 'the-third']);
});

test('the first, once deleted there, is forgotten here', async () => {
  const { ctx, c, first } = await one();
  bench.postmark.setTokens(c.serverId, [first, 'the-second']);
  await takeOverServerTokens(ctx);
  bench.postmark.setTokens(c.serverId, ['the-second']);
  expect(await takeOverServerTokens(ctx)).toBe(0);
  expect(await bench.rows(sql.unsafe`select 1 from replaced_server_token`)).toEqual([]);
});

test('a token that was withdrawn is replaced by whichever is left', async () => {
  const { ctx, c, first } = await one();
  bench.postmark.setTokens(c.serverId, [first, 'the-second']);
  await takeOverServerTokens(ctx);
  bench.postmark.setTokens(c.serverId, [first]);
  expect([await takeOverServerTokens(ctx), await tokenOf(ctx, c)]).toEqual([1, first]);
});

describe('nothing is guessed', () => {
  test('a token that Postmark does not take is not used', async () => {
    const { ctx, c, first } = await one();
    bench.postmark.setTokens(c.serverId, [first, 'the-second']);
    bench.outside.next('listWebhooks', refused(10));
    expect([await takeOverServerTokens(ctx), await tokenOf(ctx, c)]).toEqual([0, first]);
    expect([await takeOverServerTokens(ctx), await tokenOf(ctx, c)]).toEqual([1, 'the-second']);
  });

  test('a list that cannot be read changes nothing', async () => {
    const { ctx, c, first } = await one();
    bench.postmark.setTokens(c.serverId, [first, 'the-second']);
    bench.outside.next('listServers', unavailable);
    await expect(takeOverServerTokens(ctx)).rejects.toMatchObject({ detail: { class: 'unavailable' } });
    expect(await tokenOf(ctx, c)).toBe(first);
  });

  test('a configuration whose own token cannot be opened is left alone', async () => {
    const { ctx, c, first, material } = await one();
    bench.postmark.setTokens(c.serverId, [first, 'the-second']);
    material.shut(versions[0]);
    expect([await takeOverServerTokens(ctx), await events()]).toEqual([0, []]);
    expect((await bench.read(c)).serverToken).toBe(c.serverToken);
  });

  test('a server of nobody here is not looked at', async () => {
    const { ctx, c } = await one();
    const foreign = bench.postmark.addServer('by-hand');
    bench.postmark.setTokens(foreign.serverId, ['x', 'y']);
    bench.outside.log.length = 0;
    expect(await takeOverServerTokens(ctx)).toBe(0);
    expect([bench.outside.log, (await bench.read(c)).serverToken]).toEqual([['listServers'], c.serverToken]);
  });
});

test('a death between noting the old token and storing the new one is made good by the next look', async () => {
  const { ctx, c, first, material } = await one();
  bench.postmark.setTokens(c.serverId, [first, 'the-second']);
  material.beforeSeal = () => {
    throw new TypeError('the process is gone');
  };
  await takeOverServerTokens(ctx);
  expect(await tokenOf(ctx, c)).toBe(first);
  material.beforeSeal = () => {};
  expect([await takeOverServerTokens(ctx), await tokenOf(ctx, c)]).toEqual([1, 'the-second']);
});

test('one replica looks in each interval, and none while there is nothing to look at', async () => {
  const a = await bench.worker('a');
  const lists = () => bench.outside.count('listServers');
  const [roundA, roundB] = [serverTokenRound(a, 15), serverTokenRound(await bench.worker('b'), 15)];
  await roundA();
  expect(lists()).toBe(0);
  await several(bench, a, 1);
  bench.pass(15 * 60);
  await Promise.all([roundA(), roundB()]);
  expect(lists()).toBe(1);
  bench.pass(14 * 60);
  await Promise.all([roundA(), roundB()]);
  expect(lists()).toBe(1);
  bench.pass(60);
  await Promise.all([roundB(), roundA()]);
  expect(lists()).toBe(2);
});
