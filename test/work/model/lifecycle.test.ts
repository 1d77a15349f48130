/**
 * The lifecycle under whatever may come, against a reference written from the design's tables.
 *
 * Guarantee: after every step of every run the database holds what the tables say, and nothing else: states, generations, effects and their times,
 * history, slugs, and what is derived from them; and each row of the tables was met.
 * Mechanism: random runs of signals, answers, crashes and clock moves; a run that fails is made as short as it can be, and says how to run it again.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itineraries, secondItineraries, straight } from './itineraries.ts';
import { Lane } from './lane.ts';
import { type Path, pathsOverTransitions, pathsToStates } from './paths.ts';
import { administrativeStates, allowedSignals, places, signals, transitions } from './reference.ts';
import { act, situations, steps } from './steps.ts';
import { configurationAt, create, newWorld, type World } from './world.ts';

/** What the suite has time for; `npm run bench -- model` asks for 10,000. */
const runs = Number(process.env['POSTROUTE_MODEL_RUNS'] ?? 100);
/** Given to run a failure again, as its report says. */
const { POSTROUTE_MODEL_SEED: seedGiven, POSTROUTE_MODEL_PATH: path, POSTROUTE_MODEL_REPLAY: replayPath } = process.env;
const seed = seedGiven === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(seedGiven);
const stepsMax = 20;
/** Far above what 10,000 runs take on a busy machine. */
const limit = { timeout: 3_600_000 };
/** From here on chance alone meets everything; fewer runs are helped by the machine's own paths, which meet every row. */
const runsThatMeetAll = 2000;
const epoch = Date.parse('2026-03-01T12:00:00.000Z');

const lanes = await Promise.all(Array.from({ length: path === undefined ? 4 : 1 }, () => Lane.open()));
const tally = new Map<string, number>();
let stepsTaken = 0;
let failed = false;

/** Longer than a window of one hour: the next look is then at its end. */
const longIntervalMs = 5_400_000;
const limits = { pollingIntervalMs: longIntervalMs, pollingTimeoutMs: 3_600_000, failureThreshold: 3 };
const limitsOf = fc.record({
  pollingIntervalMs: fc.constantFrom(30_000, longIntervalMs),
  pollingTimeoutMs: fc.constantFrom(1, 24).map((hours) => hours * 3_600_000),
  failureThreshold: fc.integer({ min: 1, max: 3 }),
});

type HeadStart = { tenant: string; events: readonly string[] };
const headStart = (tenants: readonly string[], ways: readonly (readonly string[])[]): fc.Arbitrary<HeadStart> =>
  fc.record({ tenant: fc.constantFrom(...tenants), events: fc.constantFrom(...ways) });

const keep = (world: World): void => {
  for (const name of world.visited) tally.set(name, (tally.get(name) ?? 0) + 1);
  stepsTaken += world.steps;
};

/**
 * Every run has two configurations, mostly of one tenant, since there is a rule about two. Each begins some way along, so that what lies behind is met as often
 * as what lies before.
 */
const begin = async (lane: Lane, world: World, headStarts: readonly HeadStart[]): Promise<void> => {
  await lane.begin(world);
  for (const [index, { tenant, events }] of headStarts.entries()) {
    const [slug, by] = [`s${index}`, lane.author()];
    expect(await lane.create(world, tenant, slug, by)).toEqual(create(world, tenant, slug, by));
    await lane.compare(world);
    for (const name of events) {
      world.steps += 1;
      await act(world, lane, { configuration: index, told: { name, made: 7 + index, adopt: false }, by: lane.author() });
    }
  }
  await lane.compare(world);
};

const property = (lane: Lane) =>
  fc.asyncProperty(
    limitsOf,
    fc.tuple(headStart(['acme'], itineraries), headStart(['acme', 'acme', 'other'], secondItineraries)),
    fc.commands(steps, { maxCommands: stepsMax, size: 'max', ...(replayPath === undefined ? {} : { replayPath }) }),
    async (limits, headStarts, commands) => {
      if (failed) return;
      const world = newWorld(epoch, limits);
      try {
        await begin(lane, world, headStarts);
        await fc.asyncModelRun(() => ({ model: world, real: lane }), commands);
        await lane.compare(world, { whole: true });
        keep(world);
      } finally {
        await lane.end();
      }
    },
  );

/** fast-check's own words, and how to see it again. */
const report = async <T>(ended: fc.RunDetails<T>): Promise<void> => {
  if (!ended.failed) return;
  failed = true;
  const again = `POSTROUTE_MODEL_SEED=${ended.seed} POSTROUTE_MODEL_PATH=${ended.counterexamplePath} POSTROUTE_MODEL_REPLAY=<its replayPath>`;
  const cause = ended.errorInstance instanceof Error ? ended.errorInstance : undefined;
  throw new Error(`${fc.defaultReportMessage(ended)}\nTo run it again: ${again}`, { cause });
};

const assertOn = (lane: Lane, n: number): Promise<void> =>
  fc.assert(property(lane), {
    seed: seed + n,
    numRuns: Math.ceil(runs / lanes.length),
    asyncReporter: report,
    ...(path === undefined ? {} : { path }),
  });

const missing = (names: readonly string[]): string[] => names.filter((name) => !tally.has(name));
const count = (n: number): string => n.toLocaleString('en');

/** Takes a path of the machine's own with the first configuration of a new run. */
const follow = async (lane: Lane, path: Path, then?: (world: World) => Promise<void>): Promise<void> => {
  const world = newWorld(epoch, limits);
  try {
    await begin(lane, world, [
      { tenant: 'acme', events: [] },
      { tenant: 'acme', events: [] },
    ]);
    for (const { event, leadsTo } of path) {
      world.now += 1000;
      await act(world, lane, { configuration: 0, told: { name: event, made: 1, adopt: false }, by: lane.author() });
      await lane.compare(world);
      expect(lane.whereIs(0)).toBe(leadsTo);
    }
    await then?.(world);
    keep(world);
  } finally {
    await lane.end();
  }
};

/** Each lane takes the next of the list when it is free. */
const onLanes = async <T>(list: readonly T[], take: (lane: Lane, each: T) => Promise<void>): Promise<void> => {
  const rest = list.values();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const each of rest) await take(lane, each);
    }),
  );
};

test.skipIf(path !== undefined)('every path that xstate finds through the machine leads where the tables say', limit, async () => {
  await onLanes(pathsOverTransitions, (lane, each) => follow(lane, each));
});

test.skipIf(path !== undefined)(
  'wherever a configuration stands, signals that move nothing are answered as the tables say, and none makes it a second sender',
  async () => {
    await onLanes(pathsToStates, (lane, each) =>
      follow(lane, each, async (world) => {
        const accepted = allowedSignals(configurationAt(world, 0), false);
        for (const name of signals.filter((signal) => !accepted.includes(signal)))
          await act(world, lane, { configuration: 0, told: { name, made: 0, adopt: false }, by: lane.author() });
        for (const name of straight) await act(world, lane, { configuration: 1, told: { name, made: 2, adopt: false }, by: lane.author() });
        for (const name of ['unlock', 'recover']) {
          await act(world, lane, { configuration: 0, told: { name, made: 0, adopt: false }, by: lane.author() });
          await lane.compare(world);
        }
      }),
    );
  },
);

test('what is true of a configuration is what the tables say, whatever is told, lost, late or cut off', limit, async () => {
  if (runs >= runsThatMeetAll) tally.clear();
  stepsTaken = 0;
  const ended = await Promise.allSettled(lanes.map(assertOn));
  const first = ended.find((each) => each.status === 'rejected');
  if (first !== undefined) throw first.reason;
  if (path !== undefined) return;
  const states = [...places, ...administrativeStates];
  expect(missing([...states, ...transitions, ...(runs >= runsThatMeetAll ? situations : [])]), 'never visited').toEqual([]);
  console.log(
    `${count(runs)} runs, ${count(stepsTaken)} steps, all ${states.length} states and ${transitions.length} transitions visited (seed ${seed})`,
  );
});
