/** Effects are carried out at least once, and their answers count exactly once. */
import { describe, expect, test } from 'vitest';
import type { EffectClaim } from '../../service/store/effects.ts';
import { sql } from '../../service/store/pool.ts';
import { handBackEffects, retryAfterMs } from '../../service/work/runner.ts';
import { checkDrain } from '../../service/work/tasks/check-drain.ts';
import { createTestDatabase } from '../support/database.ts';
import { broken, meanwhile, unavailable } from '../support/fakeCalls.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

test('two runners that look at the same moment share the work: each effect is carried out by one', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  for (let n = 0; n < 12; n += 1) await bench.create(a);
  for (let round = 0; round < 6; round += 1) await Promise.all([bench.effects(a), bench.effects(b)]);
  expect(bench.outside.count('createServer')).toBe(12);
  expect(bench.postmark.servers.size).toBe(12);
});

test('what a living holder has claimed nobody else takes', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  await bench.create(a);
  let byTheOther: number | null = null;
  bench.outside.next(
    'createServer',
    meanwhile(async () => {
      byTheOther = await bench.effects(b);
    }),
  );
  await bench.effects(a);
  expect(byTheOther).toBe(0);
});

test('what a dead holder has claimed is taken, and its late answer changes nothing', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  const created = await bench.create(a);
  bench.outside.next(
    'createServer',
    meanwhile(async () => {
      await bench.die(a);
      await bench.effects(b);
      expect((await bench.read(created)).step).toBe('createDomain');
    }),
  );
  await bench.effects(a);
  const c = await bench.read(created);
  // One of the two made the server; the other one found the name taken on what it knew to be a repeat.
  expect(bench.postmark.servers.size).toBe(1);
  expect(bench.postmark.servers.has(c.serverId ?? 0)).toBe(true);
  expect(await bench.rows(sql.unsafe`select count(*)::int as count from configuration_event where event = 'ServerCreated'`)).toEqual([
    { count: 1 },
  ]);
});

test('effects that a stop hands back are taken at once by another', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  await bench.create(a);
  await bench.rows(sql.unsafe`update effect set holder = ${a.holder}`);
  expect(await bench.effects(b)).toBe(0);
  await handBackEffects(a);
  expect(await bench.effects(b)).toBe(1);
});

describe('a task that throws', () => {
  test('is told, and tried again later, ever later', async () => {
    const ctx = await bench.worker('a');
    const created = await bench.create(ctx);
    bench.outside.always('createServer', broken);
    await bench.effects(ctx);
    expect(bench.troubles()).toHaveLength(1);
    expect(await bench.effects(ctx)).toBe(0);
    const waits: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      const { due, note } = await bench.row(sql.unsafe`select run_at as due, last_error as note from effect where settled_at is null`);
      waits.push((Number(due) - bench.now.getTime()) / 1000);
      expect(note).toBe('a fault of our own; see the logs');
      bench.now = due instanceof Date ? due : bench.now;
      expect(await bench.effects(ctx)).toBe(1);
    }
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 32, 60, 60]);
    expect((await bench.read(created)).step).toBe('createServer');
  });

  test('does not hold up the others of its pass', async () => {
    const ctx = await bench.worker('a');
    bench.outside.next('createServer', broken);
    for (let n = 0; n < 3; n += 1) await bench.create(ctx);
    await bench.effects(ctx);
    expect(bench.postmark.servers.size).toBe(2);
  });
});

test('the wait grows from half a second to a minute and no further', () => {
  expect(Array.from({ length: 9 }, (_, n) => retryAfterMs(n + 1))).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(retryAfterMs(10_000)).toBe(60_000);
});

test('an effect of an older generation settles as superseded without a call', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.create(ctx);
  await bench.event(ctx, c, { type: 'StepFailed', step: 'createServer', code: 'c', detail: 'd' });
  await bench.effects(ctx);
  expect(bench.outside.count('createServer')).toBe(0);
  expect(await bench.rows(sql.unsafe`select outcome from effect where kind = 'create-server'`)).toEqual([{ outcome: 'superseded' }]);
});

test('when the outcome cannot be written, the claim is given back, and the work goes on', async () => {
  const ctx = await bench.worker('a');
  const created = await bench.create(ctx);
  const away = { ...ctx, newId: () => 'not-a-uuid' };
  await bench.effects(away);
  expect((await bench.read(created)).step).toBe('createServer');
  bench.pass(60);
  expect(await bench.effects(ctx)).toBe(0);
  expect(await away.leftovers.pass()).toBe(1);
  bench.pass(60);
  await bench.workFor(ctx, 30, (c) => c.operational === 'AWAITING_VERIFICATION', created);
  expect(bench.postmark.servers.size).toBe(1);
});

describe('what a lock decided outlives what happens to the domain meanwhile', () => {
  const job = (c: { tenantId: string; eId: string }, eId: string) => sql.unsafe`
    insert into email_job (tenant_id, e_id, configuration_e_id, recipient, subject, status, next_attempt_at, accepted_at,
      author, request_id)
    values (${c.tenantId}, ${eId}, ${c.eId}, 'bob@example.com', 's', 'QUEUED', ${sql.timestamp(bench.now)}, ${sql.timestamp(bench.now)}, 'a', 'r')`;
  const failure = { type: 'FailureThresholdCrossed', code: 'postmark_10', detail: 'bad token' } as const;

  test('a force-lock cancels what is queued, although the configuration failed before it came to it', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await bench.rows(job(c, '0199aaaa-0000-7000-8000-000000000021'));
    await bench.signal(ctx, c, 'force-lock');
    await bench.event(ctx, c, failure);
    await bench.workOff(ctx);
    expect(await bench.rows(sql.unsafe`select status from email_job`)).toEqual([{ status: 'CANCELLED' }]);
    expect(bench.aborted).toEqual([c.eId]);
  });

  test('a drain ends, although the configuration failed while it drained', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await bench.signal(ctx, c, 'lock');
    await bench.event(ctx, c, failure);
    await bench.workOff(ctx);
    expect(await bench.read(c)).toMatchObject({ operational: 'FAILURE', administrative: 'LOCKED' });
  });

  test('a failure is reported, although an operator was faster', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await bench.event(ctx, c, failure);
    await bench.signal(ctx, c, 'recover');
    await bench.workOff(ctx);
    expect(bench.incidents.map(({ message }) => message)).toEqual(['email.configuration.lifecycle.failure']);
  });
});

test('a drain that was counted before an unlock does not end the lock that came after it', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  await bench.signal(ctx, c, 'lock');
  const counted = await checkDrain(ctx, {} as EffectClaim, await bench.read(c));
  bench.pass(1);
  await bench.signal(ctx, c, 'unlock');
  await bench.signal(ctx, c, 'lock');
  if (counted.kind !== 'event') throw new Error(`nothing was under way, and it answered ${counted.kind}`);
  expect((await bench.event(ctx, c, counted.event)).kind).toBe('ignored');
  expect((await bench.read(c)).administrative).toBe('LOCKING');
  await bench.workOff(ctx);
  expect((await bench.read(c)).administrative).toBe('LOCKED');
});

test('a drain waits for what is under way', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  bench.outside.next('createServer', unavailable);
  await bench.rows(sql.unsafe`
    insert into email_job (tenant_id, e_id, configuration_e_id, recipient, subject, status, next_attempt_at, accepted_at,
      author, request_id)
    values (${c.tenantId}, '0199aaaa-0000-7000-8000-000000000031', ${c.eId}, 'bob@example.com', 's', 'HELD', null, now(), 'a', 'r')`);
  await bench.signal(ctx, c, 'lock');
  const waiting = await bench.workFor(ctx, 5, (now) => now.administrative === 'LOCKED', c);
  expect(waiting.administrative).toBe('LOCKING');
  await bench.rows(sql.unsafe`update email_job set status = 'SENT'`);
  expect((await bench.workFor(ctx, 5, (now) => now.administrative === 'LOCKED', c)).administrative).toBe('LOCKED');
});
