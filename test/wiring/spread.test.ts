/** What is asked of one process reaches all: on a real database, with processes that a test lets look when it wants. */
import { afterEach, describe, expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { lastRefreshRequest, liveProcesses } from '../../service/store/processStatus.ts';
import { coalesced } from '../../service/wiring/coalesced.ts';
import { type Spread, spread } from '../../service/wiring/spread.ts';
import { fingerprintOf } from '../../service/work/fingerprint.ts';
import { epoch } from '../support/configurationBuilder.ts';
import { createTestDatabase } from '../support/database.ts';
import { keyring } from '../support/fakeKeyring.ts';

const { pool: db } = await createTestDatabase();
/** What nobody waits for in a process of ours is waited for here: it reads the database, which is gone after this file. */
const underWay = new Set<Promise<unknown>>();
const noted = <T>(work: Promise<T>): Promise<T> => {
  underWay.add(work);
  return work;
};
afterEach(async () => {
  await Promise.all(underWay);
  underWay.clear();
  await db.query(sql.typeAlias('void')`delete from process_status`);
});

const fixed = (current: string, previous: string | null = null) => ({
  keys: () => ({ current, previous }),
  reload: async () => ({ kind: 'unchanged' as const }),
});

const threeReads = async (): Promise<void> => {
  for (let reads = 0; reads < 3; reads += 1) await lastRefreshRequest(db);
};

type Made = { reach: Spread; refreshes: () => number };

/** `looking`: looks by itself each 10 ms, as a loop does each second. */
const processNamed = (holder: string, { looking = false, hinted = [] as (() => void)[] } = {}): Made => {
  let refreshes = 0;
  const reach = spread({
    db,
    holder,
    leaseSeconds: 60,
    now: () => epoch,
    keyring: keyring(new Set(['k1'])),
    secrets: { apiKeys: fixed('operator', 'operator-before'), accountTokens: fixed('account'), signingKeys: fixed('signing') },
    account: { call: (run) => run('account'), state: () => 'accepted' },
    // As long as a few reads: what looks meanwhile does so before it is over.
    refresh: () => {
      refreshes += 1;
      return noted(threeReads());
    },
    hint: () => {
      for (const wake of hinted) wake();
    },
    onTrouble: (error) => {
      throw error;
    },
  });
  if (looking) {
    const timer = setInterval(() => void noted(reach.pass()), 10);
    stops.push(() => clearInterval(timer));
  }
  return { reach, refreshes: () => refreshes };
};
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

test('a request is carried out by every process, and answered when each has said so', async () => {
  const [a, b] = [processNamed('a'), processNamed('b', { looking: true })];
  await a.reach.pass();
  await b.reach.pass();
  const asked = await a.reach.request('operator');
  expect([a.refreshes(), b.refreshes()]).toEqual([1, 1]);
  expect((await liveProcesses(db)).map(({ holder, refreshNumber }) => [holder, refreshNumber])).toEqual([
    ['a', asked],
    ['b', asked],
  ]);
  await b.reach.pass();
  expect(b.refreshes()).toBe(1);
});

test('a request whose hint also reaches the process that was asked is carried out there once', async () => {
  const waking: (() => void)[] = [];
  const a = processNamed('a', { hinted: waking });
  await a.reach.pass();
  const looks: Promise<number>[] = [];
  waking.push(() => looks.push(a.reach.pass()));
  await a.reach.request('operator');
  await Promise.all(looks);
  expect([looks.length, a.refreshes()]).toEqual([1, 1]);
});

test('a hint makes the others look at once, and without one they look by themselves', async () => {
  const waking: (() => void)[] = [];
  const a = processNamed('a', { hinted: waking });
  const b = processNamed('b');
  await a.reach.pass();
  await b.reach.pass();
  waking.push(() => void noted(b.reach.pass()));
  await a.reach.request('operator');
  expect(b.refreshes()).toBe(1);
  waking.length = 0;
  const waiting = a.reach.request('operator');
  await expect.poll(async () => ((await b.reach.pass()) === 0 ? b.refreshes() : 0)).toBe(2);
  await waiting;
});

test('a process that starts has read everything a moment ago, and does not read it again', async () => {
  const a = processNamed('a');
  await a.reach.request('operator');
  const late = processNamed('late');
  await late.reach.pass();
  expect(late.refreshes()).toBe(0);
});

test('what a process says of itself names its keys and credentials, and shows none; a process that stops is gone at once', async () => {
  const a = processNamed('a');
  await a.reach.pass();
  const [status] = await liveProcesses(db);
  expect(status).toMatchObject({
    holder: 'a',
    loadedKeyVersionIds: ['k1'],
    apiKeys: ['operator', 'operator-before'].map(fingerprintOf),
    signingKeys: [fingerprintOf('signing')],
    accountTokens: [fingerprintOf('account')],
    accountTokenState: 'accepted',
  });
  expect(JSON.stringify(status)).not.toMatch(/operator|signing"|account"/);
  await a.reach.close();
  expect(await liveProcesses(db)).toEqual([]);
  await a.reach.pass();
  expect(await liveProcesses(db)).toEqual([]);
});

test('a key that is missing is looked for at once, and not each time that it is', () => {
  const a = processNamed('a');
  for (let times = 0; times < 10; times += 1) a.reach.keyMissed();
  expect(a.refreshes()).toBe(1);
});

describe('work that must begin after it was asked for', () => {
  test('is not answered by a run that had begun before, and many that ask meanwhile share one', async () => {
    const gates: (() => void)[] = [];
    let runs = 0;
    const refresh = coalesced(() => {
      runs += 1;
      return new Promise<void>((resolve) => gates.push(resolve));
    });
    const first = refresh();
    const [second, third] = [refresh(), refresh()];
    expect(runs).toBe(1);
    gates[0]?.();
    await first;
    await Promise.resolve();
    expect(runs).toBe(2);
    gates[1]?.();
    await Promise.all([second, third]);
    expect(runs).toBe(2);
  });
});
