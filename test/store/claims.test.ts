/** What all replicas share: leases, locks, budgets, pauses, and claims under a fence. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { tryWithLock } from '../../service/store/advisoryLocks.ts';
import { takeToken } from '../../service/store/budgets.ts';
import {
  claimEffects,
  claimLooks,
  clearIntent,
  forgetIntents,
  hasUnlearnedIntent,
  insertEffect,
  postponeEffect,
  postponeEffects,
  recordAlert,
  recordIntent,
  settleEffect,
} from '../../service/store/effects.ts';
import { accountScope, closePause, findPause, openPause, serverScope } from '../../service/store/pauses.ts';
import { sql } from '../../service/store/pool.ts';
import { dropLease, forgetDeadLeases, renewLease } from '../../service/store/workerLeases.ts';
import { createTestDatabase } from '../support/database.ts';

const { pool } = await createTestDatabase();
const now = new Date('2026-03-01T12:00:00.000Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const of = { tenantId: 'acme', eId: randomUUID(), generation: 3 };

beforeEach(async () => {
  await pool.query(sql.typeAlias('void')`truncate effect, worker_lease, budget, provider_pause`);
});
const expire = (holder: string) =>
  pool.query(sql.typeAlias('void')`update worker_lease set expires_at = clock_timestamp() - interval '1 second' where holder = ${holder}`);
const effect = async (runAt = now): Promise<string> => {
  const id = randomUUID();
  await insertEffect(pool, id, of, { kind: 'create-server', runAt }, now);
  return id;
};
const claim = async (holder: string, limit = 1) => {
  const [one] = await claimEffects(pool, holder, now, limit);
  if (one === undefined) throw new Error('nothing was claimed');
  return one;
};

describe('effects', () => {
  test('are claimed when due, oldest first, and each once', async () => {
    await renewLease(pool, 'a', 60);
    const [second, first] = [await effect(at(-1)), await effect(at(-2))];
    await effect(at(1));
    const claims = await Promise.all([claimEffects(pool, 'a', now, 1), claimEffects(pool, 'a', now, 1), claimEffects(pool, 'a', now, 5)]);
    expect(
      claims
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([first, second].sort());
    expect(await claimEffects(pool, 'a', now, 5)).toEqual([]);
  });

  test('are free again when their holder’s lease has run out, or was dropped', async () => {
    await renewLease(pool, 'a', 60);
    const id = await effect();
    const first = await claim('a');
    await expire('a');
    const second = await claim('b');
    expect([second.id, second.fence - first.fence, second.attempts]).toEqual([id, 1, 2]);
    await renewLease(pool, 'b', 60);
    expect(await claimEffects(pool, 'a', now, 1)).toEqual([]);
    await dropLease(pool, 'b');
    expect((await claim('a')).id).toBe(id);
  });

  test('under an old fence, and after they were settled, nothing changes', async () => {
    await effect();
    const old = await claim('a');
    const present = await claim('b');
    const lost = { kind: 'lost' };
    const each = [
      () => settleEffect(pool, old, 'x', now),
      () => postponeEffect(pool, old, at(9), 'x'),
      () => recordIntent(pool, old, now),
      () => clearIntent(pool, old),
      () => recordAlert(pool, old, now),
    ];
    for (const write of each) expect(await write()).toEqual(lost);
    expect(await settleEffect(pool, present, 'done', now)).toEqual({ kind: 'done' });
    expect(await settleEffect(pool, present, 'again', now)).toEqual(lost);
    expect(await postponeEffect(pool, present, at(9), null)).toEqual(lost);
    expect(await pool.one(sql.unsafe`select outcome, last_error as note, alerted_at as alerted from effect`)).toEqual({
      outcome: 'done',
      note: null,
      alerted: null,
    });
  });

  test('many postponed together move each by itself, and none whose claim was lost or settled', async () => {
    await renewLease(pool, 'a', 60);
    for (let n = 0; n < 3; n += 1) await effect(at(n - 3));
    const [lost, settled, held] = [await claim('a'), await claim('a'), await claim('a')];
    await pool.query(sql.typeAlias('void')`update effect set fence = fence + 1, holder = 'b' where id = ${lost.id}`);
    await settleEffect(pool, settled, 'done', now);
    await postponeEffects(pool, [
      { claim: lost, runAt: at(9), note: 'lost' },
      { claim: settled, runAt: at(9), note: 'settled' },
      { claim: held, runAt: at(7), note: null },
    ]);
    await postponeEffects(pool, []);
    const rows = await pool.any(sql.unsafe`select id, run_at as "runAt", last_error as note, holder from effect order by run_at`);
    expect(rows).toEqual([
      { id: lost.id, runAt: at(-3), note: null, holder: 'b' },
      { id: settled.id, runAt: at(-2), note: null, holder: null },
      { id: held.id, runAt: at(7), note: null, holder: null },
    ]);
  });

  test('of steps and looks are taken apart: however many looks are due, a step is found', async () => {
    const step = await effect(at(0));
    const look = randomUUID();
    await insertEffect(pool, look, of, { kind: 'check-verification', runAt: at(-100) }, now, { note: 'seen before', traceParent: null });
    expect((await claimEffects(pool, 'a', now, 5)).map(({ id }) => id)).toEqual([step]);
    expect((await claimLooks(pool, 'a', now, 5)).map(({ id, lastError }) => [id, lastError])).toEqual([[look, 'seen before']]);
  });

  test('keep the first moment of an intent, and tell of it until it is learned or forgotten', async () => {
    await effect();
    const first = await claim('a');
    await recordIntent(pool, first, at(1));
    await recordIntent(pool, first, at(2));
    const second = await claim('b');
    expect(second.intentAt).toEqual(at(1));
    expect(await hasUnlearnedIntent(pool, of.tenantId, of.eId, 'create-server')).toBe(true);
    expect(await hasUnlearnedIntent(pool, of.tenantId, of.eId, 'create-domain')).toBe(false);
    await settleEffect(pool, second, 'superseded', now, true);
    expect(await hasUnlearnedIntent(pool, of.tenantId, of.eId, 'create-server')).toBe(true);
    await forgetIntents(pool, of.tenantId, of.eId);
    expect(await hasUnlearnedIntent(pool, of.tenantId, of.eId, 'create-server')).toBe(false);
  });

  test('are told of once', async () => {
    await effect();
    const one = await claim('a');
    expect([await recordAlert(pool, one, now), await recordAlert(pool, one, now)]).toEqual([{ kind: 'done' }, { kind: 'lost' }]);
  });
});

test('leases of the long dead are forgotten, and those of the living and the newly dead are kept', async () => {
  for (const holder of ['living', 'dead', 'long dead']) await renewLease(pool, holder, 60);
  await expire('dead');
  await pool.query(
    sql.typeAlias('void')`update worker_lease set expires_at = clock_timestamp() - interval '2 hours' where holder = 'long dead'`,
  );
  await forgetDeadLeases(pool);
  expect(await pool.any(sql.unsafe`select holder from worker_lease order by holder`)).toEqual([{ holder: 'dead' }, { holder: 'living' }]);
});

describe('a lock', () => {
  test('is held by one, and free when its work is over, also when that failed', async () => {
    const inner = await tryWithLock(pool, 'x', () => tryWithLock(pool, 'x', async () => 'twice'));
    expect(inner).toBeNull();
    await expect(tryWithLock(pool, 'x', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await tryWithLock(pool, 'x', async () => 'again')).toBe('again');
    expect(await tryWithLock(pool, 'x', () => tryWithLock(pool, 'y', async () => 'another'))).toBe('another');
  });
});

describe('a budget', () => {
  test('gives a burst at once, and then says how long to wait, ever longer, whoever asks', async () => {
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) waits.push(await takeToken(pool, 'b', 0.001, 3));
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
    // A token takes 1,000 s: what the test itself takes is no matter.
    expect(waits.slice(3).map((waitMs) => Math.round(waitMs / 100_000))).toEqual([10, 20, 30]);
  });

  test('of fifty who ask at the same moment gives each its own place', async () => {
    const waits = await Promise.all(Array.from({ length: 50 }, () => takeToken(pool, 'b', 0.001, 10)));
    const places = waits.map((waitMs) => Math.round(waitMs / 1_000_000)).sort((x, y) => x - y);
    expect(places).toEqual([...Array(10).fill(0), ...Array.from({ length: 40 }, (_, n) => n + 1)]);
  });

  test('is refilled by time, and never beyond its burst', async () => {
    for (let n = 0; n < 5; n += 1) await takeToken(pool, 'b', 1, 3);
    await pool.query(sql.typeAlias('void')`update budget set refilled_at = refilled_at - interval '1 hour'`);
    expect(await takeToken(pool, 'b', 1, 3)).toBe(0);
    expect([await takeToken(pool, 'b', 0.001, 3), await takeToken(pool, 'b', 0.001, 3)]).toEqual([0, 0]);
    expect(await takeToken(pool, 'b', 0.001, 3)).toBeGreaterThan(0);
  });
});

describe('a pause', () => {
  test('is opened once, extended after, never shortened, and closed', async () => {
    expect(await openPause(pool, accountScope, 'postmark_405', now, at(60))).toEqual({ kind: 'opened' });
    expect(await openPause(pool, accountScope, 'postmark_412', at(5), at(30))).toEqual({ kind: 'extended' });
    expect(await findPause(pool, 7, at(1))).toEqual({ code: 'postmark_412', since: now, until: at(60) });
    await closePause(pool, accountScope, now);
    expect(await findPause(pool, 7, at(1))).toBeNull();
    expect(await openPause(pool, accountScope, 'postmark_405', now, at(60))).toEqual({ kind: 'opened' });
  });

  test('of a server is that server’s, and the account’s is everybody’s', async () => {
    await openPause(pool, serverScope(7), 'postmark_429', now, at(5));
    expect([(await findPause(pool, 7, at(1)))?.code, await findPause(pool, 8, at(1)), await findPause(pool, null, at(1))]).toEqual([
      'postmark_429',
      null,
      null,
    ]);
    await openPause(pool, accountScope, 'postmark_405', now, at(5));
    expect([(await findPause(pool, 7, at(1)))?.code, (await findPause(pool, null, at(1)))?.code]).toEqual(['postmark_405', 'postmark_405']);
  });

  test('of a server is over with its time; the account’s lasts until a message was taken', async () => {
    await openPause(pool, serverScope(7), 'postmark_429', now, at(5));
    expect([(await findPause(pool, 7, at(4)))?.code, await findPause(pool, 7, at(5))]).toEqual(['postmark_429', null]);
    await openPause(pool, serverScope(7), 'postmark_429', at(60), at(65));
    expect(await findPause(pool, 7, at(61))).toEqual({ code: 'postmark_429', since: at(60), until: at(65) });
    await openPause(pool, accountScope, 'postmark_405', now, at(5));
    await openPause(pool, accountScope, 'postmark_405', at(60), at(65));
    expect(await findPause(pool, 8, at(90))).toEqual({ code: 'postmark_405', since: now, until: at(65) });
  });
});
