/**
 * What the reference expects of a database: the configurations of a run with their effects, histories and slugs, and the processes that hold claims.
 * Plain data, changed by the same verbs that are tried on the real one.
 */
import { canSend, type Limits, type Reference, react, statusOf } from './reference.ts';

/** `made`: the number that whatever the event brings goes by. */
export type Told = { name: string; made: number; adopt: boolean };
export type Author = { author: string; requestId: string };
/** Something that is told to one configuration, by itself or as the answer of a claimed task. */
export type Act = { told: Told; by: Author } & ({ configuration: number } | { claim: Claim });
export type Claim = { configuration: number; effect: number; kind: string; generation: number; fence: number };
export type ExpectedEffect = {
  kind: string;
  generation: number;
  runAt: number;
  createdAt: number;
  outcome: string | null;
  settledAt: number | null;
  holder: string | null;
  fence: number;
};
export type ExpectedEvent = {
  at: number;
  event: string;
  from: string | null;
  to: string;
  /** The state that the event left, as history keeps it. */
  place: string;
  administrative: string;
  generation: number;
} & Author;
export type Expected = Reference & {
  tenant: string;
  slug: string;
  holdsSlug: boolean;
  server: number | null;
  domain: number | null;
  webhook: number | null;
  retired: number[];
  adopt: boolean;
  operationalSince: number;
  administrativeSince: number;
  effects: ExpectedEffect[];
  history: ExpectedEvent[];
};
/** A process: its name changes with every start. Claims of a dead one are kept, since its answers may still come. */
export type Holder = { name: string; starts: number; alive: boolean; claims: Claim[] };
export type World = { now: number; limits: Limits; configurations: Expected[]; holders: Holder[]; visited: string[]; steps: number };
export type Answered =
  | { kind: 'changed' | 'alreadySo' | 'ignored' }
  | { kind: 'refused'; code: string; allowedSignals: string[] }
  | { kind: 'slugInUse' | 'created' };

export const newWorld = (now: number, limits: Limits): World => ({
  now,
  limits,
  configurations: [],
  holders: [0, 1].map((n) => ({ name: `holder-${n}-0`, starts: 0, alive: false, claims: [] })),
  visited: [],
  steps: 0,
});

export const configurationAt = ({ configurations }: World, index: number): Expected => {
  const found = configurations[index % configurations.length];
  if (found === undefined) throw new Error('a world has at least one configuration');
  return found;
};

export const otherCanSend = ({ configurations }: World, c: Expected): boolean =>
  configurations.some((other) => other !== c && other.tenant === c.tenant && canSend(other));

const stateOf = ({ place, administrative, generation }: Reference) => ({ place, administrative, generation });

export const create = (world: World, tenant: string, slug: string, by: Author): Answered => {
  if (world.configurations.some((c) => c.slug === slug && c.holdsSlug)) return { kind: 'slugInUse' };
  const state = { place: 'PENDING', administrative: 'LOCKED', generation: 1, failures: 0, windowFrom: null };
  const begun = { ...stateOf(state), at: world.now, event: 'ConfigurationCreated', from: null, to: 'PENDING', ...by };
  const since = { operationalSince: world.now, administrativeSince: world.now };
  const nothing = { server: null, domain: null, webhook: null, retired: [], adopt: false, effects: [] };
  world.configurations.push({ ...state, ...since, ...nothing, tenant, slug, holdsSlug: true, history: [begun] });
  world.visited.push('PENDING', 'LOCKED');
  return { kind: 'created' };
};

/** What an event brings is on the record until it is unwound. */
const facts = (c: Expected, { name, made, adopt }: Told): Partial<Expected> => {
  switch (name) {
    case 'ServerCreated':
      return { server: made };
    case 'DomainCreated':
      return { domain: made };
    case 'WebhookInstalled':
      return { webhook: made, adopt: false };
    case 'StepFailed':
      return { adopt: false };
    case 're-provision':
      return { adopt };
    case 'Unwound':
      return { server: null, domain: null, webhook: null, retired: [...new Set([...c.retired, retiredBy(made) ?? []].flat())] };
    default:
      return {};
  }
};
/** Every third unwind finds that the account may not delete servers. */
export const retiredBy = (made: number): number | null => (made % 3 === 0 ? made : null);

const since = (c: Expected, next: Reference, now: number) => ({
  operationalSince: next.generation === c.generation ? c.operationalSince : now,
  administrativeSince: next.administrative === c.administrative ? c.administrativeSince : now,
});

const newEffect = (world: World, c: Expected, kind: string, runAt: number): void => {
  const open = { outcome: null, settledAt: null, holder: null, fence: 0 };
  c.effects.push({ kind, generation: c.generation, runAt, createdAt: world.now, ...open });
};

/** An event that nobody's claim answers: a signal, or word of a send. */
const tell = (world: World, index: number, told: Told, by: Author): Answered => {
  const c = configurationAt(world, index);
  const reaction = react(c, told.name, { now: world.now, otherCanSend: otherCanSend(world, c), limits: world.limits });
  if (reaction.kind === 'refused') world.visited.push(`${told.name} refused: ${reaction.code}`);
  if (reaction.kind !== 'changed') return reaction;
  const from = statusOf(c);
  Object.assign(c, reaction.next, facts(c, told), since(c, reaction.next, world.now));
  if (c.place === 'REMOVED') c.holdsSlug = false;
  c.history.push({ ...stateOf(c), at: world.now, event: reaction.recorded, from, to: statusOf(c), ...by });
  for (const { kind, runAt } of reaction.effects) newEffect(world, c, kind, runAt);
  world.visited.push(c.place, c.administrative, ...(reaction.row === null ? [] : [reaction.row]));
  return { kind: 'changed' };
};

/** What was decided about sending stands whatever happens to the domain meanwhile; other work belongs to the generation it was decided for. */
const ofAnyGeneration = ['check-drain', 'cancel-in-flight', 'report-failure'];

/** The claimed effect, while its claim is worth anything: not settled, and not taken by another since. */
const claimed = (world: World, { configuration, effect, fence }: Claim): ExpectedEffect | undefined => {
  const found = configurationAt(world, configuration).effects[effect];
  return found?.fence === fence && found.settledAt === null ? found : undefined;
};

export const settle = (world: World, claim: Claim, outcome: string): void => {
  const effect = claimed(world, claim);
  if (effect !== undefined) Object.assign(effect, { outcome, settledAt: world.now, holder: null });
};

export const postpone = (world: World, claim: Claim, runAt: number): void => {
  const effect = claimed(world, claim);
  if (effect !== undefined) Object.assign(effect, { runAt, holder: null });
};

/** A task's answer counts once, and only for the generation it was asked in. */
const answer = (world: World, claim: Claim, told: Told, by: Author): Answered => {
  const superseded = claim.generation !== configurationAt(world, claim.configuration).generation && !ofAnyGeneration.includes(claim.kind);
  const worthNothing = claimed(world, claim) === undefined;
  settle(world, claim, superseded ? 'superseded' : told.name);
  if (superseded || worthNothing) {
    world.visited.push(superseded && !worthNothing ? 'an answer was superseded' : 'an answer came too late');
    return { kind: 'ignored' };
  }
  return tell(world, claim.configuration, told, by);
};

export const perform = (world: World, act: Act): Answered =>
  'claim' in act ? answer(world, act.claim, act.told, act.by) : tell(world, act.configuration, act.told, act.by);

const isHeld = (world: World, { holder }: ExpectedEffect): boolean => world.holders.some(({ name, alive }) => alive && name === holder);

/** Everything that is due and in nobody's hands. */
export const claimDue = (world: World, holder: Holder): Claim[] => {
  const claims = world.configurations.flatMap((c, configuration) =>
    c.effects.flatMap((effect, n): Claim[] => {
      if (effect.settledAt !== null || effect.runAt > world.now || isHeld(world, effect)) return [];
      Object.assign(effect, { holder: holder.name, fence: effect.fence + 1 });
      return [{ configuration, effect: n, kind: effect.kind, generation: effect.generation, fence: effect.fence }];
    }),
  );
  holder.claims.push(...claims);
  return claims;
};

const workOf = ({ place, administrative }: Expected): string | null => {
  if (administrative === 'LOCKING') return 'check-drain';
  if (place === 'AWAITING_VERIFICATION') return 'check-verification';
  if (place === 'REMOVING' || place === 'PROVISIONING.unwind' || place === 'PROVISIONING.cleanUp') return 'unwind';
  const forward: Record<string, string> = {
    createServer: 'create-server',
    createDomain: 'create-domain',
    installWebhook: 'install-webhook',
  };
  return place.startsWith('PROVISIONING.') ? (forward[place.slice('PROVISIONING.'.length)] ?? 'write-records') : null;
};

/** A configuration under way without a live effect gets one. */
export const reconcile = (world: World): number => {
  let given = 0;
  for (const c of world.configurations) {
    const kind = workOf(c);
    const live = c.effects.some(
      (effect) => effect.settledAt === null && effect.kind === kind && (kind === 'check-drain' || effect.generation === c.generation),
    );
    if (kind === null || live) continue;
    newEffect(world, c, kind, world.now);
    given += 1;
  }
  if (given > 0) world.visited.push('a configuration without work was given some');
  return given;
};
