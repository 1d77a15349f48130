/**
 * Provisions, then accepts messages, while calls and callbacks go wrong and replicas are killed, lets the world become well again, and says what became of each message.
 *
 * Domain time is moved on meanwhile, so that look-ups and ladders happen among the trouble; not so far that a ladder could end, since then a message would
 * rightly be a dead letter, and this asks that each arrives.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { clientOf, sendable } from '../load/sendable.ts';
import { type Insistence, insist, type Message } from './insist.ts';
import { type Killable, startKillable } from './killable.ts';
import { troubleAt } from './trouble.ts';
import { type Captured, heldTwice, type Outside, verdictOf } from './verdict.ts';

export type ChaosOptions = {
  jobs: number;
  tenants: number;
  /** Messages offered a second. */
  rate: number;
  /** Of all calls and of all callbacks. */
  troubleShare: number;
  /** A replica dies this long after the one before is back, give or take a half. */
  killEveryMs: number;
  /** Seconds of domain time for each second of process time, about. */
  advanceSeconds: number;
};

/** Seconds since the beginning; jobs by what has become of them. */
export type Sample = { at: number; queued: number; sending: number; held: number; ended: number };

export type ChaosResult = {
  taken: number;
  lostAnswers: number;
  replays: number;
  kills: readonly number[];
  samples: readonly Sample[];
  statuses: Readonly<Record<string, number>>;
  /** Attempts by outcome; `open` were never answered. */
  outcomes: Readonly<Record<string, number>>;
  domainSeconds: number;
  seconds: number;
  problems: readonly string[];
};

const replicas = 2;
const settings = {
  EMAIL_LOG_LEVEL: 'fatal',
  EMAIL_WORK_LEASE_SECONDS: '2',
  EMAIL_POSTMARK_TIMEOUT_SECONDS: '1',
  EMAIL_AWS_TIMEOUT_SECONDS: '1',
} as const;
/** The first five rungs, each a fifth shorter than it may be: no ladder has ended before this. */
const noLadderEndsSeconds = 0.8 * (10 + 60 + 300 + 1800 + 7200);
const callersAtOnce = 16;
const batchEvery = 5;
const batchSize = 25;
const sampleMs = 500;
const insistMs = 120_000;
const wellAgainMs = 180_000;
const wellAgainSeconds = 900;

type World = Killable & ReturnType<typeof clientOf> & { database: Client };

/** Every fifth request is a batch, so that both doors are tried. */
const requestsOf = (messages: readonly Message[]): Message[][] => {
  const requests: Message[][] = [];
  for (let from = 0; from < messages.length; ) {
    const size = requests.length % batchEvery === 0 ? batchSize : 1;
    requests.push(messages.slice(from, from + size));
    from += size;
  }
  return requests;
};

/** Tenants in turn, each with its requests in order. */
const requestsInTurn = (ids: readonly string[], { jobs, tenants }: ChaosOptions): Message[][] => {
  const byTenant = Array.from({ length: tenants }, (_, tenant) => {
    const own = Math.floor(jobs / tenants) + (tenant < jobs % tenants ? 1 : 0);
    const of = { tenant: tenantOf(tenant), configurationEId: ids[tenant] ?? '' };
    return requestsOf(Array.from({ length: own }, (_, n) => ({ ...of, key: `m-${tenant}-${n}`, recipient: `reader${n}@example.com` })));
  });
  const longest = Math.max(...byTenant.map(({ length }) => length));
  return Array.from({ length: longest }, (_, n) => byTenant.flatMap((requests) => requests.slice(n, n + 1))).flat();
};

const offer = async (world: World, ids: readonly string[], options: ChaosOptions, seen: Insistence): Promise<void> => {
  const beganAt = performance.now();
  const queue = requestsInTurn(ids, options).values();
  let offered = 0;
  const caller = async (): Promise<void> => {
    for (const request of queue) {
      const dueAt = beganAt + (offered / options.rate) * 1000;
      offered += request.length;
      await pause(Math.max(0, dueAt - performance.now()));
      await insist(seen, { services: world.ready.services, headers: world.headers }, request, performance.now() + insistMs);
    }
  };
  await Promise.all(Array.from({ length: callersAtOnce }, caller));
};

/** In turn, and every fourth time all at once: then nobody answers for a while. The next dies a while after those before are back. */
const killing = async (world: World, everyMs: number, stop: AbortSignal, died: () => void): Promise<void> => {
  for (let n = 1; ; n += 1) {
    await pause(everyMs * (0.5 + Math.random()), undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
    const victims = n % 4 === 0 ? world.ready.services.map((_, replica) => replica) : [n % replicas];
    await Promise.all(victims.map((replica) => world.kill(replica)));
    died();
    await Promise.all(victims.map((replica) => world.revive(replica)));
  }
};

const tenantOf = (n: number): string => `chaos-${n}`;

const sampleOf = async (database: Client, at: number): Promise<Sample> => {
  const { rows } = await database.query<{ status: string; n: number }>('select status, count(*)::int as n from email_job group by status');
  const of = (status: string): number => rows.find((row) => row.status === status)?.n ?? 0;
  const [queued, sending, held] = [of('QUEUED'), of('SENDING'), of('HELD')];
  return { at, queued, sending, held, ended: rows.reduce((sum, { n }) => sum + n, 0) - queued - sending - held };
};

const countsOf = async (database: Client, sql: string): Promise<Record<string, number>> => {
  const { rows } = await database.query<{ name: string; n: number }>(sql);
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
};

export async function runChaos(options: ChaosOptions, onSample: (sample: Sample, kills: number) => void = () => {}): Promise<ChaosResult> {
  const killable = await startKillable(replicas, settings);
  const database = new Client({ connectionString: killable.ready.databaseUrl });
  try {
    await database.connect();
    return await under({ ...killable, ...clientOf(killable.ready), database }, options, onSample);
  } finally {
    await database.end();
    await killable.stop();
  }
}

const moving = async ({ control }: World, bySeconds: number, stop: AbortSignal): Promise<number> => {
  let moved = 0;
  while (!stop.aborted && moved < noLadderEndsSeconds - 60) {
    await control('/clock/advance', { seconds: bySeconds });
    moved += bySeconds;
    await pause(1000, undefined, { signal: stop }).catch(() => undefined);
  }
  return moved;
};

const under = async (world: World, options: ChaosOptions, onSample: (sample: Sample, kills: number) => void): Promise<ChaosResult> => {
  const { control, database } = world;
  for (const fault of troubleAt(options.troubleShare)) await control('/fault', fault);
  const seen: Insistence = { taken: new Map(), lostAnswers: 0, replays: 0, odd: [] };
  const [kills, samples]: [number[], Sample[]] = [[], []];
  const [offered, wellAgain] = [new AbortController(), new AbortController()];
  const moved = moving(world, options.advanceSeconds, offered.signal);
  const ids = await Promise.all(Array.from({ length: options.tenants }, (_, tenant) => sendable(world, tenantOf(tenant))));
  const beganAt = performance.now();
  const elapsed = (): number => (performance.now() - beganAt) / 1000;
  const observing = (async () => {
    while (!wellAgain.signal.aborted) {
      const sample = await sampleOf(database, elapsed());
      samples.push(sample);
      onSample(sample, kills.length);
      await pause(sampleMs, undefined, { signal: wellAgain.signal }).catch(() => undefined);
    }
  })();
  const dying = killing(world, options.killEveryMs, offered.signal, () => kills.push(elapsed()));

  await offer(world, ids, options, seen);
  offered.abort();
  const [domainSeconds] = await Promise.all([moved, dying]);
  await becomeWell(world);
  wellAgain.abort();
  await observing;
  samples.push(await sampleOf(database, elapsed()));
  return {
    taken: seen.taken.size,
    lostAnswers: seen.lostAnswers,
    replays: seen.replays,
    kills,
    samples,
    statuses: await countsOf(database, 'select status as name, count(*)::int as n from email_job group by status order by status'),
    outcomes: await countsOf(database, `select coalesce(outcome, 'open') as name, count(*)::int as n from attempt group by 1 order by 1`),
    domainSeconds,
    seconds: elapsed(),
    problems: [...seen.odd, ...(await problemsOf(world, ids, seen))],
  };
};

const problemsOf = async ({ control, call, database }: World, ids: readonly string[], { taken }: Insistence): Promise<string[]> => {
  const records = await Promise.all(ids.map((id, tenant) => call('GET', `/configuration/${id}`, tenantOf(tenant))));
  const busy = records.filter((record) => record['status'] !== 'UNLOCKED' || record['queued'] !== 0 || record['inFlight'] !== 0);
  return [
    ...(await verdictOf(database, taken, (await control('/mail'))['items'] as Captured[])),
    ...heldTwice(
      (await control('/state')) as Outside,
      records.map((record) => String(record['sendingDomain'])),
    ),
    ...busy.map(
      (record) => `${record['sendingDomain']} is ${record['status']}, ${record['queued']} queued, ${record['inFlight']} in flight`,
    ),
  ];
};

/** No faults, and time: what was held is looked up, what waits for its rung has its turn. */
const becomeWell = async ({ control, ready, database }: World): Promise<void> => {
  await fetch(`${ready.sandbox.control}/fault`, { method: 'DELETE' });
  const until = performance.now() + wellAgainMs;
  while (performance.now() < until) {
    const { queued, sending, held } = await sampleOf(database, 0);
    if (queued + sending + held === 0) break;
    // What a dead holder had under way is held first, after its lease, which is process time.
    if (sending > 0) await pause(sampleMs);
    else await control('/clock/advance', { seconds: wellAgainSeconds });
  }
  // Callbacks that failed come again by Postmark's own schedule.
  await control('/clock/advance', { seconds: wellAgainSeconds * 2 });
};
