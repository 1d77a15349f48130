/** One writer of a zone: writes gather and go out together, a bad record stands alone, and throttling is answered with patience. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { requestZoneChanges, type ZoneChangeRequest } from '../../service/store/zoneChanges.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { writeZone } from '../../service/work/zoneWriter.ts';
import { createTestDatabase } from '../support/database.ts';
import { lostAfter, meanwhile, refused, throttled } from '../support/fakeCalls.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

/** A DKIM value of a 2048-bit key. */
const dkim = `k=rsa; p=${'A'.repeat(391)}`;
const change = (name: string, given: Partial<ZoneChangeRequest> = {}): ZoneChangeRequest => ({
  id: randomUUID(),
  action: 'UPSERT',
  name,
  type: 'TXT',
  ttl: 300,
  values: [dkim],
  ...given,
});
const ask = async (ctx: WorkContext, ...changes: ZoneChangeRequest[]): Promise<string> => {
  const effectId = randomUUID();
  await requestZoneChanges(ctx.db, { tenantId: 'acme', configurationEId: randomUUID(), effectId, zoneId: ctx.settings.zoneId }, changes);
  return effectId;
};
const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `d${n}.dev.example.net`);
const sizes = () => bench.zone.batches.map((batch) => batch.length);
const states = async () => {
  const [row] = await bench.rows(sql.unsafe`
    select count(*)::int as asked, count(change_id)::int as sent, count(in_sync_at)::int as "inSync", count(failed_code)::int as failed from zone_change`);
  return row;
};

test('what several configurations ask for goes out in one batch, and is followed until it is in sync', async () => {
  const ctx = await bench.worker('a');
  for (const name of names(5)) await ask(ctx, change(name));
  bench.zone.inSync = false;
  await writeZone(ctx);
  expect(sizes()).toEqual([5]);
  expect(await states()).toEqual({ asked: 5, sent: 5, inSync: 0, failed: 0 });
  bench.zone.inSync = true;
  await writeZone(ctx);
  expect(await states()).toEqual({ asked: 5, sent: 5, inSync: 5, failed: 0 });
  await writeZone(ctx);
  expect(bench.outside.count('changeStatus')).toBe(2);
});

test('writes gather until no more have come for a while, and no longer than four times as long', async () => {
  const ctx = await bench.worker('a', { coalesceMs: 60_000 });
  const pass = (minutes: number) =>
    bench.rows(sql.unsafe`update zone_change set requested_at = requested_at - make_interval(mins => ${minutes})`);
  await ask(ctx, change('a.dev.example.net'));
  expect(await writeZone(ctx)).toBe(0);
  await pass(1);
  await ask(ctx, change('b.dev.example.net'));
  expect(await writeZone(ctx)).toBe(0);
  await pass(1);
  await writeZone(ctx);
  expect(sizes()).toEqual([2]);
  await ask(ctx, change('c.dev.example.net'));
  await pass(4);
  await ask(ctx, change('d.dev.example.net'));
  await writeZone(ctx);
  expect(sizes()).toEqual([2, 2]);
});

test('a batch that is full goes at once', async () => {
  const ctx = await bench.worker('a', { coalesceMs: 60_000 });
  await ask(ctx, ...names(499).map((name) => change(name, { values: ['v'] })));
  expect(await writeZone(ctx)).toBe(0);
  await ask(ctx, change('last.dev.example.net', { values: ['v'] }));
  await writeZone(ctx);
  expect(sizes()).toEqual([500]);
});

test('asking twice for one effect is one request', async () => {
  const ctx = await bench.worker('a');
  const of = { tenantId: 'acme', configurationEId: randomUUID(), effectId: randomUUID(), zoneId: ctx.settings.zoneId };
  await requestZoneChanges(ctx.db, of, [change('a.dev.example.net')]);
  await requestZoneChanges(ctx.db, of, [change('a.dev.example.net')]);
  expect(await states()).toMatchObject({ asked: 1 });
});

describe('a batch keeps to the limits of the zone, as they count', () => {
  test('values as they are written, quotes and all', async () => {
    const ctx = await bench.worker('a');
    for (const name of names(90)) await ask(ctx, change(name));
    for (let n = 0; n < 5; n += 1) await writeZone(ctx);
    expect(bench.zone.records.size).toBe(90);
    // None was refused on the way: each call made a batch.
    expect(bench.outside.count('change')).toBe(sizes().length);
    expect(sizes()).toEqual([39, 39, 12]);
  });

  test('escapes count as they are written', async () => {
    const ctx = await bench.worker('a');
    for (const name of names(20)) await ask(ctx, change(name, { values: ['"é"'.repeat(100)] }));
    for (let n = 0; n < 3; n += 1) await writeZone(ctx);
    expect(bench.zone.records.size).toBe(20);
    expect(bench.outside.count('change')).toBe(sizes().length);
  });

  test('500 records', async () => {
    const ctx = await bench.worker('a');
    await ask(ctx, ...names(501).map((name) => change(name, { type: 'CNAME', values: ['pm.mtasv.net'] })));
    await writeZone(ctx);
    await writeZone(ctx);
    expect(sizes()).toEqual([500, 1]);
  });
});

describe('a bad record', () => {
  test('stands alone in the end, and its neighbours are written', async () => {
    const ctx = await bench.worker('a');
    const bad = names(9)[5] ?? '';
    bench.zone.badNames.add(bad);
    for (const name of names(9)) await ask(ctx, change(name));
    await writeZone(ctx);
    expect(await states()).toEqual({ asked: 9, sent: 8, inSync: 8, failed: 1 });
    expect(await bench.rows(sql.unsafe`select name, failed_code as code from zone_change where failed_code is not null`)).toEqual([
      { name: bad, code: 'InvalidChangeBatch' },
    ]);
    // Halving finds one in nine with at most seven refusals; asking one by one would take nine calls, every time.
    expect(bench.outside.count('change')).toBeLessThanOrEqual(9);
  });

  test('is not asked about again', async () => {
    const ctx = await bench.worker('a');
    bench.zone.badNames.add('bad.dev.example.net');
    await ask(ctx, change('bad.dev.example.net'));
    await writeZone(ctx);
    expect(await writeZone(ctx)).toBe(0);
    expect(bench.outside.count('change')).toBe(1);
  });

  test('a refusal of another kind fails the batch without splitting it', async () => {
    const ctx = await bench.worker('a');
    bench.outside.next('change', refused('AccessDenied'));
    for (const name of names(4)) await ask(ctx, change(name));
    await writeZone(ctx);
    expect(bench.outside.count('change')).toBe(1);
    expect(await states()).toMatchObject({ failed: 4, sent: 0 });
  });
});

describe('throttling', () => {
  test('never splits a batch', async () => {
    const ctx = await bench.worker('a');
    for (const name of names(4)) await ask(ctx, change(name));
    bench.outside.next('change', throttled);
    await bench.zoneWrites(ctx);
    expect([bench.outside.count('change'), await states()]).toEqual([1, { asked: 4, sent: 0, inSync: 0, failed: 0 }]);
    bench.pass(60);
    await bench.zoneWrites(ctx);
    expect(sizes()).toEqual([4]);
  });

  test('is waited out, ever longer, however often the writer is woken', async () => {
    const ctx = await bench.worker('a');
    await ask(ctx, change('a.dev.example.net'));
    bench.outside.always('change', throttled);
    const calls: number[] = [];
    for (let second = 0; second < 120; second += 1) {
      await bench.zoneWrites(ctx);
      await bench.zoneWrites(ctx);
      if (bench.outside.count('change') > calls.length) calls.push(second);
      bench.pass(1);
    }
    expect(calls).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
    bench.outside.always('change', null);
    bench.pass(30);
    await bench.zoneWrites(ctx);
    expect(bench.zone.records.size).toBe(1);
  });

  test('of new writes does not keep earlier ones from being followed', async () => {
    const ctx = await bench.worker('a');
    bench.zone.inSync = false;
    await ask(ctx, change('a.dev.example.net'));
    await bench.zoneWrites(ctx);
    await ask(ctx, change('b.dev.example.net'));
    bench.outside.always('change', throttled);
    bench.zone.inSync = true;
    await bench.zoneWrites(ctx);
    await bench.zoneWrites(ctx);
    expect(await states()).toMatchObject({ sent: 1, inSync: 1 });
  });
});

test('a change that cannot be asked about does not hide the others', async () => {
  const ctx = await bench.worker('a');
  bench.zone.inSync = false;
  for (const name of names(2)) {
    await ask(ctx, change(name));
    await writeZone(ctx);
  }
  bench.zone.inSync = true;
  bench.outside.next('changeStatus', refused('NoSuchChange'));
  await writeZone(ctx);
  expect(await states()).toMatchObject({ sent: 2, inSync: 1 });
});

test('an answer that is lost is asked for again: writing twice is writing once', async () => {
  const ctx = await bench.worker('a');
  await ask(ctx, change('a.dev.example.net'));
  bench.outside.next('change', lostAfter);
  await bench.zoneWrites(ctx);
  bench.pass(1);
  await bench.zoneWrites(ctx);
  expect(await states()).toEqual({ asked: 1, sent: 1, inSync: 1, failed: 0 });
  expect(bench.zone.records.size).toBe(1);
});

test('two processes never write at the same time', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  for (const name of names(3)) await ask(a, change(name));
  let other: number | null = null;
  bench.outside.next(
    'change',
    meanwhile(async () => {
      other = await writeZone(b);
    }),
  );
  await writeZone(a);
  expect(other).toBe(0);
  expect(sizes()).toEqual([3]);
});

test('a change that is in sync wakes its effect, and a refused one does not', async () => {
  const ctx = await bench.worker('a');
  const effect = (id: string) => sql.unsafe`
    insert into effect (tenant_id, id, configuration_e_id, kind, generation, run_at, created_at)
    values ('acme', ${id}, ${randomUUID()}, 'unwind', 1, ${sql.timestamp(new Date(bench.now.getTime() + 60_000))}, ${sql.timestamp(bench.now)})`;
  const good = await ask(ctx, change('a.dev.example.net'));
  const bad = await ask(ctx, change('bad.dev.example.net'));
  for (const id of [good, bad]) await bench.rows(effect(id));
  bench.zone.badNames.add('bad.dev.example.net');
  await writeZone(ctx);
  const due = await bench.rows(sql.unsafe`select id from effect where run_at <= ${sql.timestamp(bench.now)}`);
  expect(due).toEqual([{ id: good }]);
});
