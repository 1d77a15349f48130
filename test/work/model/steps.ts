/** What a random run is made of. Each step is taken in the expected world and in the real one, and then everything is compared. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Death, Lane } from './lane.ts';
import { allowedSignals, signals } from './reference.ts';
import {
  type Act,
  type Answered,
  type Claim,
  claimDue,
  configurationAt,
  create,
  type Holder,
  otherCanSend,
  perform,
  postpone,
  reconcile,
  settle,
  type Told,
  type World,
} from './world.ts';

type Step = fc.AsyncCommand<World, Lane>;
/** What befalls a call: its process dies inside it, or it is made twice since nobody heard the answer. */
type Fate = Death | 'twice' | 'none';

const step = (label: string, run: (world: World, lane: Lane) => Promise<void>, check: (world: World) => boolean = () => true): Step => ({
  check,
  run: async (world, lane) => {
    world.steps += 1;
    await run(world, lane);
    await lane.compare(world);
  },
  toString: () => label,
});

const both = async (world: World, lane: Lane, act: Act): Promise<void> => {
  const answered = await lane.perform(world, act);
  expect(answered).toEqual(perform(world, act));
};

const perished = async (world: World, lane: Lane, act: Act, death: Death): Promise<void> => {
  expect(await lane.perform(world, act, death)).toBe('died');
  if (death.after === 'commit') perform(world, act);
  world.visited.push(death.after === 'commit' ? 'a process died after its commit' : 'a process died before its commit');
};

export const act = async (world: World, lane: Lane, told: Act, fate: Fate = 'none'): Promise<void> => {
  if (typeof fate === 'object') return perished(world, lane, told, fate);
  await both(world, lane, told);
  if (fate !== 'twice') return;
  await lane.compare(world);
  await both(world, lane, told);
};

/** What the task of an effect may answer; the first is what it answers when nothing is in its way. */
const answersOf: Readonly<Record<string, readonly string[]>> = {
  'create-server': ['ServerCreated', 'StepFailed', 'again', 'nothing'],
  'create-domain': ['DomainCreated', 'StepFailed', 'again', 'nothing'],
  'install-webhook': ['WebhookInstalled', 'StepFailed', 'again', 'nothing'],
  'write-records': ['RecordsWritten', 'StepFailed', 'again', 'nothing'],
  'check-verification': ['Verified', 'VerificationChecked', 'VerificationTimedOut', 'nothing'],
  unwind: ['Unwound', 'again'],
  'check-drain': ['Drained', 'again'],
  'cancel-in-flight': ['nothing', 'again'],
  'report-failure': ['nothing', 'again'],
};
const againMs = 5_000;

const answerOne = async (world: World, lane: Lane, claim: Claim, choice: number, made: number, fate: Fate): Promise<void> => {
  const possible = answersOf[claim.kind] ?? [];
  const name = possible[choice % possible.length] ?? 'nothing';
  if (name === 'nothing') {
    await lane.settle(world, claim, 'nothing to do');
    settle(world, claim, 'nothing to do');
  } else if (name === 'again') {
    await lane.postpone(world, claim, world.now + againMs);
    postpone(world, claim, world.now + againMs);
  } else await act(world, lane, { claim, told: { name, made, adopt: false }, by: lane.author() }, fate);
};

const holderAt = ({ holders }: World, index: number): Holder => {
  const found = holders[index % holders.length];
  if (found === undefined) throw new Error('a world has holders');
  return found;
};

/** A process that died comes back under another name. */
const claim = async (world: World, lane: Lane, holder: Holder): Promise<Claim[]> => {
  if (!holder.alive) {
    holder.starts += 1;
    holder.name = `${holder.name.replace(/-\d+$/, '')}-${holder.starts}`;
    holder.alive = true;
    await lane.start(holder);
  }
  const expected = claimDue(world, holder);
  expect(await lane.claimDue(world, holder)).toEqual(expected);
  return expected;
};

const waiting = (world: World) => world.configurations.flatMap(({ effects }) => effects.filter(({ settledAt }) => settledAt === null));

const toWhatIsDue = (world: World): void => {
  const runAts = waiting(world).map(({ runAt }) => runAt);
  if (!runAts.some((runAt) => runAt <= world.now)) world.now = Math.min(...runAts);
};

/** As the runner works: what is due is taken and answered. When nothing is due, the clock goes on to what is next. */
const work = (holder: number, choice: number, made: number) =>
  step(
    `work(${holder}, ${choice}, ${made})`,
    async (world, lane) => {
      toWhatIsDue(world);
      for (const each of await claim(world, lane, holderAt(world, holder))) {
        await lane.compare(world);
        await answerOne(world, lane, each, choice, made, 'none');
      }
    },
    (world) => waiting(world).length > 0,
  );

const answerLate = (holder: number, nth: number, choice: number, made: number, fate: Fate) =>
  step(
    `answer(${holder}, ${nth}, ${choice}, ${made}, ${JSON.stringify(fate)})`,
    async (world, lane) => {
      const { claims } = holderAt(world, holder);
      const found = claims[nth % claims.length];
      if (found !== undefined) await answerOne(world, lane, found, choice, made, fate);
    },
    (world) => holderAt(world, holder).claims.length > 0,
  );

const take = (holder: number) =>
  step(`claim(${holder})`, async (world, lane) => {
    await claim(world, lane, holderAt(world, holder));
  });

const die = (holder: number) =>
  step(
    `die(${holder})`,
    async (world, lane) => {
      await lane.die(world, holderAt(world, holder));
      holderAt(world, holder).alive = false;
    },
    (world) => holderAt(world, holder).alive,
  );

/** A process is taken for dead while its task is under way, another takes the task, and then the first one's answer comes. */
const overtake = (slow: number, choice: number, made: number) =>
  step(
    `overtake(${slow}, ${choice}, ${made})`,
    async (world, lane) => {
      toWhatIsDue(world);
      const [first, second] = [holderAt(world, slow), holderAt(world, slow + 1)];
      const [taken] = await claim(world, lane, first);
      await lane.compare(world);
      await lane.die(world, first);
      first.alive = false;
      await claim(world, lane, second);
      await lane.compare(world);
      if (taken !== undefined) await answerOne(world, lane, taken, choice, made, 'none');
    },
    (world) => waiting(world).length > 0,
  );

const tellOne = (configuration: number, told: Told, fate: Fate) =>
  step(`tell(${configuration}, ${JSON.stringify(told)}, ${JSON.stringify(fate)})`, async (world, lane) =>
    act(world, lane, { configuration, told, by: lane.author() }, fate),
  );

const accepted = (world: World, configuration: number): string[] => {
  const c = configurationAt(world, configuration);
  return allowedSignals(c, otherCanSend(world, c));
};

/** One of the signals that would move something, so that runs get far. `remove` is the end of them, and less often wanted. */
const moveOn = (configuration: number, nth: number, adopt: boolean, fate: Fate) =>
  step(
    `moveOn(${configuration}, ${nth}, ${adopt}, ${JSON.stringify(fate)})`,
    async (world, lane) => {
      const possible = accepted(world, configuration);
      const onward = possible.filter((signal) => signal !== 'remove');
      const from = onward.length > 0 && nth % 4 > 0 ? onward : possible;
      const name = from[nth % from.length] ?? 'lock';
      await act(world, lane, { configuration, told: { name, made: 0, adopt }, by: lane.author() }, fate);
    },
    (world) => accepted(world, configuration).length > 0,
  );

/** Two at the same moment: one goes first, and everything is as if they had come in that order. */
const race = (first: [number, Told], second: [number, Told]) =>
  step(`race(${JSON.stringify([first, second])})`, async (world, lane) => {
    const [one, other] = [first, second].map(([configuration, told]): Act => ({ configuration, told, by: lane.author() }));
    if (one === undefined || other === undefined) return;
    const answered = await lane.race(world, one, other);
    const inOrder = (acts: readonly Act[]): { after: World; answers: Answered[] } => {
      const after = structuredClone(world);
      return { after, answers: acts.map((each) => perform(after, each)) };
    };
    const forward = inOrder([one, other]);
    const backward = inOrder([other, one]);
    const asForward = JSON.stringify(answered) === JSON.stringify(forward.answers) && (await lane.matches(forward.after));
    const chosen = asForward ? forward : { ...backward, answers: backward.answers.toReversed() };
    expect(answered).toEqual(chosen.answers);
    Object.assign(world, chosen.after);
    world.visited.push('two at the same moment');
  });

const add = (tenant: string, slug: string) =>
  step(
    `create(${tenant}, ${slug})`,
    async (world, lane) => {
      const by = lane.author();
      expect(await lane.create(world, tenant, slug, by)).toEqual(create(world, tenant, slug, by));
    },
    ({ configurations }) => configurations.length < configurationsMax,
  );

const tick = step('reconcile()', async (world, lane) => {
  expect(await lane.reconcile(world)).toBe(reconcile(world));
});

const pass = (seconds: number) =>
  step(`pass(${seconds})`, async (world) => {
    world.now += seconds * 1000;
  });

const configurationsMax = 4;
const stray = Object.values(answersOf).flatMap((names) => names.filter((name) => /^[A-Z]/.test(name)));

const configuration = fc.nat({ max: configurationsMax - 1 });
const holder = fc.nat({ max: 1 });
const choice = fc.nat({ max: 7 });
const made = fc.integer({ min: 1, max: 9_999 });
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Fate>('none') },
  { weight: 1, arbitrary: fc.constant<Fate>('twice') },
  // The longest transaction has some eight statements.
  { weight: 2, arbitrary: fc.nat({ max: 9 }).map((after): Fate => ({ after })) },
  { weight: 1, arbitrary: fc.constant<Fate>({ after: 'commit' }) },
);
const signal = fc.record({ name: fc.constantFrom(...signals), made: fc.constant(0), adopt: fc.boolean() });
const word = fc.record({
  name: fc.constantFrom('SendFailed', 'SendFailed', 'SendSucceeded'),
  made: fc.constant(0),
  adopt: fc.constant(false),
});
const strayEvent = fc.record({ name: fc.constantFrom(...stray), made, adopt: fc.constant(false) });
const wished = (name: string): Told => ({ name, made: 0, adopt: false });
/** Two that each would send: only the database can tell them apart. */
const toSend = fc.constantFrom('unlock', 'recover').map(wished);
const raced = fc.tuple(configuration, fc.oneof(signal, signal, word));

const weighted: readonly (readonly [number, fc.Arbitrary<Step>])[] = [
  // Mostly what the task answers when all goes well.
  [8, fc.tuple(holder, fc.oneof(fc.constant(0), fc.constant(0), choice), made).map((given) => work(...given))],
  [6, fc.tuple(configuration, choice, fc.boolean(), fate).map((given) => moveOn(...given))],
  [2, fc.tuple(configuration, signal, fate).map((given) => tellOne(...given))],
  [4, fc.tuple(configuration, word, fate).map((given) => tellOne(...given))],
  [1, fc.tuple(configuration, strayEvent, fate).map((given) => tellOne(...given))],
  [1, holder.map(take)],
  [3, fc.tuple(holder, fc.nat({ max: 30 }), choice, made, fate).map((given) => answerLate(...given))],
  [1, holder.map(die)],
  [1, fc.tuple(holder, choice, made).map((given) => overtake(...given))],
  [2, fc.tuple(raced, raced).map((given) => race(...given))],
  [1, fc.tuple(toSend, toSend).map(([one, other]) => race([0, one], [1, other]))],
  [1, fc.tuple(fc.constantFrom('acme', 'acme', 'other'), fc.constantFrom('s0', 's1', 's2', 's3')).map((given) => add(...given))],
  [1, fc.constant(tick)],
  [1, fc.constantFrom(1, 30, 3_600, 7_200, 90_000).map(pass)],
];
/** fast-check chooses evenly among what it is given. */
export const steps: fc.Arbitrary<Step>[] = weighted.flatMap(([weight, arbitrary]) => Array.from({ length: weight }, () => arbitrary));

/** What a run meets besides the tables' rows. */
export const situations: readonly string[] = [
  'unlock refused: tenant_already_sendable',
  'recover refused: tenant_already_sendable',
  'unlock refused: signal_not_accepted',
  'an answer was superseded',
  'an answer came too late',
  'a process died before its commit',
  'a process died after its commit',
  'a configuration without work was given some',
  'two at the same moment',
];
