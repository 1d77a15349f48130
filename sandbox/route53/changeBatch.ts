/**
 * Whether a batch of changes may be made, judged as Route 53 does: all or nothing, with every reason listed.
 * Each change is tried on a draft over the zone, in order; names that cannot live together are judged on the outcome,
 * so that a CNAME may be replaced by a TXT in one batch.
 */
import type { Protections } from './protections.ts';
import { canonicalName, isWithin } from './recordName.ts';
import { isRecordType, keyOf, type RecordSet, valueProblem } from './recordSet.ts';
import type { RecordTable } from './recordTable.ts';

export type ChangeAction = 'CREATE' | 'DELETE' | 'UPSERT';

export type RequestedChange = { action: ChangeAction; name: string; type: string; ttl: number; values: string[] };

/** `set: null` removes the record set. */
export type RecordEffect = { name: string; type: RecordSet['type']; set: RecordSet | null };

export type Verdict = { kind: 'accepted'; effects: RecordEffect[] } | { kind: 'refused'; messages: string[] };

/** Quotas of ChangeResourceRecordSets; an UPSERT counts twice for both. */
const recordsMax = 1000;
const charactersMax = 32_000;
const valueCharactersMax = 4000;

/** `recordsMax`: how many record sets the zone may hold; absent when nothing holds it to its quota. */
export type ZoneView = { name: string; records: RecordTable; protections: Protections; recordsMax?: number | undefined };

class Draft {
  readonly #zone: ZoneView;
  readonly #effects = new Map<string, RecordEffect>();

  constructor(zone: ZoneView) {
    this.#zone = zone;
  }

  get(name: string, type: RecordSet['type']): RecordSet | null {
    const effect = this.#effects.get(`${name} ${type}`);
    return effect === undefined ? (this.#zone.records.get(name, type) ?? null) : effect.set;
  }

  set(name: string, type: RecordSet['type'], set: RecordSet | null): void {
    this.#effects.set(`${name} ${type}`, { name, type, set });
  }

  typesAt(name: string): RecordSet['type'][] {
    const stored = this.#zone.records.at(name).map((set) => set.type);
    const changed = [...this.#effects.values()].filter((effect) => effect.name === name).map((effect) => effect.type);
    return [...new Set([...stored, ...changed])].filter((type) => this.get(name, type) !== null);
  }

  effects(): RecordEffect[] {
    return [...this.#effects.values()];
  }
}

const setLabel = (set: { name: string; type: string }): string => `resource record set [name='${set.name}', type='${set.type}']`;

const weightOf = (change: RequestedChange): number => (change.action === 'UPSERT' ? 2 : 1);

function quotaProblem(changes: readonly RequestedChange[]): string | null {
  const records = changes.reduce((sum, change) => sum + weightOf(change) * change.values.length, 0);
  if (records > recordsMax) return `Number of records limit of ${recordsMax} exceeded.`;
  const characters = changes.reduce((sum, change) => sum + weightOf(change) * change.values.join('').length, 0);
  if (characters > charactersMax) return `Number of characters limit of ${charactersMax} exceeded.`;
  return null;
}

function valueProblems(set: RecordSet): string[] {
  const problems = set.values.flatMap((value) => {
    if (value.length > valueCharactersMax) {
      return `Invalid Resource Record: 'FATAL problem: ValueTooLong (Value exceeds ${valueCharactersMax} characters) encountered with '${value.slice(0, 64)}…''`;
    }
    return valueProblem(set.type, value) ?? [];
  });
  const repeated = set.values.filter((value, index) => set.values.indexOf(value) !== index);
  if ((set.type === 'CNAME' || set.type === 'SOA') && set.values.length > 1)
    problems.push(`Invalid Resource Record: 'FATAL problem: a ${set.type} has one value' in ${setLabel(set)}`);
  return [...problems, ...repeated.map((value) => `Duplicate Resource Record: '${value}'`)];
}

const sameValues = (a: RecordSet, b: RecordSet): boolean =>
  a.ttl === b.ttl && a.values.length === b.values.length && [...a.values].sort().join('\n') === [...b.values].sort().join('\n');

/** The documentation: an asterisk cannot be a wildcard for records of type NS. */
function wildcardProblem(set: RecordSet, zoneName: string): string | null {
  if (set.type !== 'NS' || !set.name.startsWith('\\052.')) return null;
  return `RRSet of type NS with DNS name ${set.name} is not permitted: a wildcard cannot delegate in zone ${zoneName}`;
}

function apexProblem(set: RecordSet, zoneName: string): string | null {
  if (set.name !== zoneName)
    return set.type === 'SOA' ? `RRSet of type SOA with DNS name ${set.name} is not permitted outside the apex of zone ${zoneName}` : null;
  return set.type === 'CNAME' ? `RRSet of type CNAME with DNS name ${set.name} is not permitted at apex in zone ${zoneName}` : null;
}

function deletionProblem(set: RecordSet, current: RecordSet | null, zoneName: string): string | null {
  if (current === null) return `Tried to delete ${setLabel(set)} but it was not found`;
  if (!sameValues(set, current)) return `Tried to delete ${setLabel(set)} but the values provided do not match the current values`;
  if (set.name === zoneName && set.type === 'SOA') return 'A HostedZone must contain exactly one SOA record.';
  if (set.name === zoneName && set.type === 'NS') return 'A HostedZone must contain at least one NS record for the zone itself.';
  return null;
}

function protectionProblem(set: RecordSet, zone: ZoneView): string | null {
  const protection = zone.protections.find(set);
  if (protection === undefined) return null;
  const comment = protection.comment === null ? '' : ` with comment '${protection.comment}'`;
  return `RRSet of type ${set.type} with DNS name ${set.name} is protected by a resource record set protection${comment}`;
}

/** Against the outcome: a batch that deletes as much as it adds fits a full zone. */
function zoneQuotaProblem(zone: ZoneView, effects: readonly RecordEffect[]): string | null {
  if (zone.recordsMax === undefined) return null;
  const held = (effect: RecordEffect): number => (zone.records.get(effect.name, effect.type) === undefined ? 0 : 1);
  const grown = effects.reduce((sum, effect) => sum + (effect.set === null ? 0 : 1) - held(effect), 0);
  const wouldHold = zone.records.size + grown;
  return grown > 0 && wouldHold > zone.recordsMax
    ? `Number of resource record sets limit of ${zone.recordsMax} exceeded in zone ${zone.name}`
    : null;
}

function problemsOf(action: ChangeAction, set: RecordSet, draft: Draft, zone: ZoneView): string[] {
  if (!isWithin(set.name, zone.name)) return [`RRSet with DNS name ${set.name} is not permitted in zone ${zone.name}`];
  const protection = protectionProblem(set, zone);
  if (protection !== null) return [protection];
  const current = draft.get(set.name, set.type);
  if (action === 'DELETE') return [deletionProblem(set, current, zone.name) ?? []].flat();
  const problems = [apexProblem(set, zone.name) ?? [], wildcardProblem(set, zone.name) ?? [], valueProblems(set)].flat();
  if (action === 'CREATE' && current !== null) problems.push(`Tried to create ${setLabel(set)} but it already exists`);
  return problems;
}

/** A record set may be deleted and then made anew in one batch; anything else twice is refused. */
function repeats(changes: readonly { action: ChangeAction; set: RecordSet }[]): string[] {
  const actions = new Map<string, ChangeAction[]>();
  for (const { action, set } of changes) actions.set(keyOf(set), [...(actions.get(keyOf(set)) ?? []), action]);
  return [...actions]
    .filter(([, taken]) => taken.length > 1 && !(taken.length === 2 && taken[0] === 'DELETE' && taken[1] !== 'DELETE'))
    .map(([key]) => `The request contains an invalid set of changes for a resource record set '${key.split(' ').reverse().join(' ')}'`);
}

function coexistenceProblem(set: RecordSet, draft: Draft, zoneName: string): string | null {
  const others = draft.typesAt(set.name).filter((type) => type !== set.type);
  if (set.type === 'CNAME' && others.length > 0) {
    return `RRSet of type CNAME with DNS name ${set.name} is not permitted as it conflicts with other records with the same DNS name in zone ${zoneName}`;
  }
  if (!others.includes('CNAME')) return null;
  return `RRSet of type ${set.type} with DNS name ${set.name} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zoneName}`;
}

export function judgeBatch(zone: ZoneView, requested: readonly RequestedChange[]): Verdict {
  const quota = quotaProblem(requested);
  if (quota !== null) return { kind: 'refused', messages: [quota] };
  const draft = new Draft(zone);
  const messages: string[] = [];
  const understood: { action: ChangeAction; set: RecordSet }[] = [];
  for (const { action, name, type, ttl, values } of requested) {
    const canonical = canonicalName(name);
    if (canonical === null) messages.push(`FATAL problem: DomainLabelEmptyOrTooLong encountered with '${name}'`);
    else if (!isRecordType(type)) messages.push(`Record type '${type}' is not served by the sandbox`);
    else understood.push({ action, set: { name: canonical, type, ttl, values: [...values] } });
  }
  for (const { action, set } of understood) {
    messages.push(...problemsOf(action, set, draft, zone));
    draft.set(set.name, set.type, action === 'DELETE' ? null : set);
  }
  messages.push(...repeats(understood));
  for (const { action, set } of understood) {
    if (action !== 'DELETE') messages.push(...[coexistenceProblem(set, draft, zone.name) ?? []].flat());
  }
  const effects = draft.effects();
  messages.push(...[zoneQuotaProblem(zone, effects) ?? []].flat());
  return messages.length > 0 ? { kind: 'refused', messages } : { kind: 'accepted', effects };
}
