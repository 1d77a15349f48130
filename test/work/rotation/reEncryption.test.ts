/** Sealing everything anew: nothing is left under the old version, nothing is done twice, and what cannot be opened is named and kept. */
import { describe, expect, test } from 'vitest';
import { headerOf } from '../../../service/core/material/envelope.ts';
import { countStaleSecrets, listStaleSecrets, rowsByHeader } from '../../../service/store/keyVersions.ts';
import { sql } from '../../../service/store/pool.ts';
import { turnRotations } from '../../../service/work/rotation/rotations.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import { createTestDatabase } from '../../support/database.ts';
import { MemoryKeyring, versions } from '../../support/memoryKeyring.ts';
import { WorkBench } from '../../support/workBench.ts';
import { report, runOf, several, start, turnAll, turnFor } from './support.ts';

const bench = new WorkBench(await createTestDatabase());
const [v1, v2, v3] = versions;

const worker = async (holder: string, material: MemoryKeyring): Promise<WorkContext> => ({
  ...(await bench.worker(holder)),
  keyring: material.keyring,
});
const headers = async () => Object.fromEntries((await rowsByHeader(bench.database.pool)).map(({ header, count }) => [header, count]));
const stale = (id: string) => countStaleSecrets(bench.database.pool, headerOf(id));
const resealed = () =>
  bench.rows(sql.unsafe`
    select configuration_e_id as "eId", author, request_id as "requestId", detail from configuration_event where event = 'SecretsResealed'`);
const corrupt = (eId: string, serverToken: string) =>
  bench.rows(sql.unsafe`update configuration set server_token = ${serverToken} where e_id = ${eId}`);

test('every secret of every configuration is sealed under the new version, and says the same as before', async () => {
  const material = new MemoryKeyring();
  const ctx = await worker('a', material);
  const sendable = await several(bench, ctx, 2);
  const pending = await bench.create(ctx, { provision: false });
  const removed = await bench.create(ctx, { provision: false });
  await bench.signal(ctx, removed, 'remove');
  await bench.event(ctx, removed, { type: 'Unwound', retiredServerId: null });
  const before = await Promise.all([...sendable, pending, removed].map((c) => bench.read(c)));
  expect(await headers()).toEqual({ [`a1.k${v1}`]: 4 });

  material.add(v2);
  await start(ctx, 're-encrypt');
  expect(await turnAll(ctx)).toBe(4);
  expect([await headers(), await stale(v2)]).toEqual([{ [`a1.k${v2}`]: 4 }, { total: 4, stale: 0, lasting: 0, passing: 0 }]);
  material.retire(v1);
  for (const c of before) {
    const now = await bench.read(c);
    expect(ctx.keyring.open(c.eId, 'routing-token', now.routingToken)).toHaveLength(43);
    if (c.serverToken === null) expect([now.serverToken, now.keyVersionId]).toEqual([null, null]);
    else expect([ctx.keyring.open(c.eId, 'server-token', now.serverToken ?? ''), now.keyVersionId]).toEqual([`token-of-${c.serverId}`, v2]);
    // Nothing of its life has moved.
    expect(now).toEqual({
      ...c,
      routingToken: now.routingToken,
      serverToken: now.serverToken,
      keyVersionId: now.keyVersionId,
      updatedAt: now.updatedAt,
    });
  }
  expect(await runOf(ctx, 're-encrypt')).toEqual({ running: false, waitingFor: null });
});

test('history says who asked, once for each, and shows no sealed text', async () => {
  const material = new MemoryKeyring();
  const ctx = await worker('a', material);
  await several(bench, ctx, 3);
  material.add(v2);
  await start(ctx, 're-encrypt');
  await turnAll(ctx);
  const kept = await resealed();
  expect(kept).toHaveLength(3);
  for (const { author, requestId, detail } of kept)
    expect({ author, requestId, detail }).toEqual({ author: 'operator', requestId: 'request-9', detail: { keyVersionId: v2 } });
  await start(ctx, 're-encrypt');
  expect([await turnAll(ctx), (await resealed()).length]).toEqual([0, 3]);
});

describe('one runner among replicas', () => {
  test('two that take turns at once deal with each configuration once', async () => {
    const material = new MemoryKeyring();
    const [a, b] = [await worker('a', material), await worker('b', material)];
    await several(bench, a, 6);
    material.add(v2);
    await start(a, 're-encrypt');
    const dealt = await Promise.all([turnRotations(a), turnRotations(b)]);
    expect(dealt.toSorted()).toEqual([0, 6]);
    expect(await resealed()).toHaveLength(6);
  });

  test('one that dies before it has written how far it came leaves the batch to the next, which repeats nothing that was done', async () => {
    const material = new MemoryKeyring();
    const [a, b] = [await worker('a', material), await worker('b', material)];
    const fleet = await several(bench, a, 6);
    material.add(v2);
    await start(a, 're-encrypt');
    const half = fleet.slice(0, 3).map(({ eId }) => eId);
    const dying: WorkContext = {
      ...a,
      // Seals for three of them; then there is no process any more to write down anything.
      keyring: {
        ...a.keyring,
        seal: (eId, ...rest) => {
          if (!half.includes(eId)) throw new TypeError('the process is gone');
          return a.keyring.seal(eId, ...rest);
        },
      },
      observe: {
        ...a.observe,
        rotated: () => {
          throw new TypeError('the process is gone');
        },
      },
    };
    await expect(turnRotations(dying)).rejects.toThrow('the process is gone');
    expect((await resealed()).length).toBe(3);
    await turnFor(bench, b, 're-encrypt', 10);
    expect([(await resealed()).length, (await stale(v2)).stale]).toEqual([6, 0]);
  });

  test('a fault of our own with one configuration keeps no other from its turn, and is tried again', async () => {
    const material = new MemoryKeyring();
    const ctx = await worker('a', material);
    const [odd] = await several(bench, ctx, 3);
    material.add(v2);
    await start(ctx, 're-encrypt');
    const seal: typeof ctx.keyring.seal = (eId, ...rest) => {
      if (eId === odd?.eId) throw new TypeError('a bug of ours');
      return ctx.keyring.seal(eId, ...rest);
    };
    await turnAll({ ...ctx, keyring: { ...ctx.keyring, seal } });
    expect([await stale(v2), bench.troubles()]).toEqual([
      { total: 3, stale: 1, lasting: 0, passing: 1 },
      [['rotation', 'TypeError: a bug of ours']],
    ]);
    expect(await turnFor(bench, ctx, 're-encrypt', 10)).toBe(true);
    expect((await stale(v2)).stale).toBe(0);
  });

  test('one that has not heard of the new version leaves the run to those that have', async () => {
    const material = new MemoryKeyring();
    const old = material.sibling();
    const [a, late] = [await worker('a', material), await worker('late', old)];
    await several(bench, a, 2);
    material.add(v2);
    await report(a, 'a');
    await report(late, 'late', { loadedKeyVersionIds: [v1, v2] });
    await start(a, 're-encrypt');
    expect(await turnRotations(late)).toBe(0);
    expect(await runOf(a, 're-encrypt')).toEqual({ running: true, waitingFor: 'a turn of a process that holds the new secret' });
    bench.pass(1);
    expect(await turnAll(a)).toBe(2);
  });
});

describe('what it waits for', () => {
  test('a live process that cannot open the new version would have to leave all mail waiting', async () => {
    const material = new MemoryKeyring();
    const ctx = await worker('a', material);
    await several(bench, ctx, 2);
    material.add(v2);
    await report(ctx, 'a');
    await report(ctx, 'slow', { currentKeyVersionId: v1, loadedKeyVersionIds: [v1] });
    await start(ctx, 're-encrypt');
    expect(await turnFor(bench, ctx, 're-encrypt', 3)).toBe(false);
    expect([await runOf(ctx, 're-encrypt'), (await stale(v2)).stale]).toEqual([
      { running: true, waitingFor: `slow to load key version ${v2}` },
      2,
    ]);
    await report(ctx, 'slow');
    expect(await turnFor(bench, ctx, 're-encrypt', 3)).toBe(true);
    expect((await stale(v2)).stale).toBe(0);
  });

  test('a dead one is waited for no longer than its lease', async () => {
    const material = new MemoryKeyring();
    const ctx = await worker('a', material);
    await several(bench, ctx, 1);
    material.add(v2);
    await report(ctx, 'dead', { loadedKeyVersionIds: [v1] });
    await bench.rows(sql.unsafe`update process_status set expires_at = clock_timestamp() where holder = 'dead'`);
    await start(ctx, 're-encrypt');
    expect(await turnFor(bench, ctx, 're-encrypt', 2)).toBe(true);
  });

  test('when another version is added meanwhile and every process seals with it, the run goes on to that', async () => {
    const material = new MemoryKeyring();
    const ctx = await worker('a', material);
    await several(bench, ctx, 2);
    material.add(v2);
    await start(ctx, 're-encrypt');
    material.add(v3);
    await report(ctx, 'a');
    expect(await turnFor(bench, ctx, 're-encrypt', 2)).toBe(true);
    expect(await headers()).toEqual({ [`a1.k${v3}`]: 2 });
  });
});

describe('secrets that cannot be opened', () => {
  test('are left as they are and named, each with its reason, while all others are moved', async () => {
    const material = new MemoryKeyring();
    const ctx = await worker('a', material);
    const [moved, lost, later, cut, foreign] = await several(bench, ctx, 5);
    if (!moved || !lost || !later || !cut || !foreign) throw new Error('five were made');
    const text = (c: { serverToken: string | null }) => c.serverToken ?? '';
    await corrupt(lost.eId, text(lost).replace(v1, v3));
    await corrupt(later.eId, text(later).replace('a1.k', 'b7.k'));
    await corrupt(cut.eId, text(cut).slice(0, 60));
    await corrupt(foreign.eId, text(moved));
    material.add(v2);
    await start(ctx, 're-encrypt');
    expect(await turnFor(bench, ctx, 're-encrypt', 2)).toBe(true);
    expect(await stale(v2)).toEqual({ total: 5, stale: 4, lasting: 4, passing: 0 });
    const listed = await listStaleSecrets(bench.database.pool, headerOf(v2), 200);
    expect(Object.fromEntries(listed.map(({ configurationEId, code }) => [configurationEId, code]))).toEqual({
      [lost.eId]: 'unknown_key_version',
      [later.eId]: 'unknown_algorithm',
      [cut.eId]: 'malformed_envelope',
      [foreign.eId]: 'not_authentic',
    });
    expect((await bench.read(foreign)).serverToken).toBe(text(moved));
    expect(bench.told.filter(({ what }) => what === 'rotationEnded')).toEqual([{ what: 'rotationEnded', detail: ['re-encrypt', 4] }]);
  });

  test('because KMS does not open their version now are tried again until it does', async () => {
    const material = new MemoryKeyring();
    const ctx = await worker('a', material);
    await several(bench, ctx, 2);
    material.add(v2);
    material.shut(v1);
    await start(ctx, 're-encrypt');
    expect(await turnFor(bench, ctx, 're-encrypt', 20)).toBe(false);
    expect([await runOf(ctx, 're-encrypt'), await stale(v2)]).toEqual([
      { running: true, waitingFor: '2 configuration(s) to be tried again' },
      { total: 2, stale: 2, lasting: 0, passing: 2 },
    ]);
    material.reopen(v1);
    expect(await turnFor(bench, ctx, 're-encrypt', 400)).toBe(true);
    expect((await stale(v2)).stale).toBe(0);
  });
});

test('what a slower process seals under the old version behind the walk is found before the run ends', async () => {
  const material = new MemoryKeyring();
  const slow = await worker('slow', material.sibling());
  const ctx = await worker('a', material);
  const [first] = await several(bench, ctx, 2);
  if (first === undefined) throw new Error('two were made');
  const plain = ctx.keyring.open(first.eId, 'server-token', first.serverToken ?? '');
  material.add(v2);
  await start(ctx, 're-encrypt');
  expect(await turnRotations(ctx)).toBe(2);
  const again = {
    type: 'ServerTokenReplaced',
    keyVersionId: v1,
    serverToken: slow.keyring.seal(first.eId, 'server-token', plain),
  } as const;
  await bench.event(slow, first, { ...again, serverTokenBefore: (await bench.read(first)).serverToken ?? '' });
  await turnAll(ctx);
  expect([(await stale(v2)).stale, (await runOf(ctx, 're-encrypt')).running]).toEqual([0, false]);
});

test('a row that changes between the look and the write is left as its last writer has it, and sealed anew after', async () => {
  const material = new MemoryKeyring();
  const ctx = await worker('a', material);
  const [only] = await several(bench, ctx, 1);
  if (only === undefined) throw new Error('one was made');
  material.add(v2);
  let meanwhile: Promise<unknown> | null = null;
  const other = material.sibling();
  const db = bench.database.pool;
  material.beforeSeal = () => {
    meanwhile ??= db.query(sql.unsafe`
      update configuration set server_token = ${other.keyring.seal(only.eId, 'server-token', 'the-newest')} where e_id = ${only.eId}`);
  };
  await start(ctx, 're-encrypt');
  await turnAll(ctx);
  await meanwhile;
  await turnFor(bench, ctx, 're-encrypt', 5);
  const now = await bench.read(only);
  expect(ctx.keyring.open(only.eId, 'server-token', now.serverToken ?? '')).toBe('the-newest');
  expect((await stale(v2)).stale).toBe(0);
});
