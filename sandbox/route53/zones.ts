/**
 * Hosted zones and their changes.
 *
 * Guarantee: a change is in the list at once and in DNS once it is in sync; changes of a zone come into sync in the order they were made.
 * Mechanism: two tables a zone, `records` (what the API shows) and `served` (what DNS answers); `sync` moves over what is due by the
 * virtual clock, and everyone who looks calls it first, so no timer is needed and a restart changes nothing.
 */
import { createHash } from 'node:crypto';
import type { Instant, WorldClock, WorldRandom } from '../world/world.ts';
import type { RecordEffect } from './changeBatch.ts';
import { type Protection, Protections } from './protections.ts';
import type { RecordSet } from './recordSet.ts';
import { RecordTable } from './recordTable.ts';

export type Change = { id: string; zoneId: string; submittedAt: Instant; insyncAt: Instant; comment: string };

type Pending = { insyncAt: Instant; effects: RecordEffect[] };

export type Tag = { Key: string; Value: string };

/** Accelerated recovery: asked for or not, and when that takes hold. */
export type Feature = { isEnabled: boolean; at: Instant };

export type Zone = {
  id: string;
  name: string;
  callerReference: string;
  comment: string;
  nameServers: string[];
  /** The reusable delegation set it was made with; null: its name servers are its own. */
  delegationSetId: string | null;
  tags: Tag[];
  acceleratedRecovery: Feature | null;
  protections: Protections;
  records: RecordTable;
  served: RecordTable;
  pending: Pending[];
};

export type SavedZone = Omit<Zone, 'records' | 'served' | 'protections'> & {
  records: RecordSet[];
  served: RecordSet[];
  protections: Protection[];
};

export type NewZone = { name: string; callerReference: string; comment: string; delegationSet?: { id: string; nameServers: string[] } };

export type SavedZones = { zones: SavedZone[]; changes: Change[] };

/** Route 53 forgets a change some time after it is in sync; here the oldest go when there are more than this. */
const changesMax = 10_000;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export const zoneIdFrom = (bytes: Buffer): string => idFrom('Z', bytes);

export const idFrom = (prefix: string, bytes: Buffer): string =>
  `${prefix}${[...bytes.subarray(0, 20)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('')}`;

/** Four servers in four top-level domains, as Route 53 hands them out; which ones follows from the id of the zone or set. */
export function nameServersOf(id: string): string[] {
  const digest = createHash('sha256').update(id).digest();
  return ['org', 'co.uk', 'com', 'net'].map((domain, index) => {
    const first = digest.readUInt16BE(index * 4) % 512;
    const second = digest.readUInt8(index * 4 + 2) % 64;
    return `ns-${first + index * 512}.awsdns-${String(second).padStart(2, '0')}.${domain}`;
  });
}

function tableOf(sets: readonly RecordSet[]): RecordTable {
  const table = new RecordTable();
  for (const set of sets) table.put(set);
  return table;
}

function applyTo(table: RecordTable, effects: readonly RecordEffect[]): void {
  for (const effect of effects) {
    if (effect.set === null) table.remove(effect.name, effect.type);
    else table.put(effect.set);
  }
}

/** What every zone begins with; TTLs and SOA timers are Route 53's defaults. */
function apexSets(name: string, nameServers: readonly string[]): RecordSet[] {
  const soa = `${nameServers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
  return [
    { name, type: 'NS', ttl: 172_800, values: nameServers.map((server) => `${server}.`) },
    { name, type: 'SOA', ttl: 900, values: [soa] },
  ];
}

export class Zones {
  readonly #zones = new Map<string, Zone>();
  /** Several zones may have one name. A question for DNS looks from its name upwards: with 500 zones, looking through all took 2.5 ms a question. */
  readonly #byName = new Map<string, Zone[]>();
  readonly #changes = new Map<string, Change>();
  readonly #clock: WorldClock;
  readonly #random: WorldRandom;

  constructor(clock: WorldClock, random: WorldRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  /** `id` is given for the zone of the seed only. */
  create({ name, callerReference, comment, delegationSet }: NewZone, id = idFrom('Z', this.#random.bytes(20))): Zone {
    const nameServers = delegationSet?.nameServers ?? nameServersOf(id);
    const apex = apexSets(name, nameServers);
    const zone: Zone = {
      ...{ id, name, callerReference, comment, nameServers, delegationSetId: delegationSet?.id ?? null },
      ...{ tags: [], acceleratedRecovery: null, protections: new Protections([]) },
      ...{ records: tableOf(apex), served: tableOf(apex), pending: [] },
    };
    this.#add(zone);
    return zone;
  }

  now(): Instant {
    return this.#clock.now();
  }

  delete(id: string): void {
    const zone = this.#zones.get(id);
    if (zone === undefined) return;
    this.#zones.delete(id);
    const left = (this.#byName.get(zone.name) ?? []).filter((other) => other !== zone);
    if (left.length === 0) this.#byName.delete(zone.name);
    else this.#byName.set(zone.name, left);
  }

  get(id: string): Zone | undefined {
    const zone = this.#zones.get(id);
    if (zone !== undefined) this.#sync(zone);
    return zone;
  }

  /** In order of name, then of id. */
  all(): Zone[] {
    return [...this.#zones.values()].sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1));
  }

  /** The zone that is authoritative for a name: the one with the longest name that holds it; of several, the one with the least id. */
  holding(name: string): Zone | undefined {
    for (let at = name; at !== ''; at = at.slice(at.indexOf('.') + 1)) {
      const [zone] = this.#byName.get(at) ?? [];
      if (zone !== undefined) return this.get(zone.id);
    }
    return undefined;
  }

  /** Makes the effects visible in the API at once, and in DNS after `insyncMs`. */
  change(zone: Zone, effects: RecordEffect[], insyncMs: number, comment: string): Change {
    applyTo(zone.records, effects);
    const change = this.recordChange(zone.id, insyncMs, comment);
    // Not before what is pending already, should the setting have been lowered meanwhile.
    change.insyncAt = Math.max(change.insyncAt, zone.pending.at(-1)?.insyncAt ?? 0);
    zone.pending.push({ insyncAt: change.insyncAt, effects });
    this.#sync(zone);
    return change;
  }

  /** A change with no effect on records: a zone was made or deleted. */
  recordChange(zoneId: string, insyncMs: number, comment: string): Change {
    const submittedAt = this.#clock.now();
    const change: Change = { id: idFrom('C', this.#random.bytes(20)), zoneId, submittedAt, insyncAt: submittedAt + insyncMs, comment };
    this.#changes.set(change.id, change);
    const oldest = this.#changes.keys().next();
    if (this.#changes.size > changesMax && oldest.done === false) this.#changes.delete(oldest.value);
    return change;
  }

  findChange(id: string): Change | undefined {
    return this.#changes.get(id);
  }

  isInSync(change: Change): boolean {
    return change.insyncAt <= this.#clock.now();
  }

  save(): SavedZones {
    const zones = this.all().map((zone) => ({
      ...zone,
      records: zone.records.all(),
      served: zone.served.all(),
      protections: zone.protections.all(),
    }));
    return { zones, changes: [...this.#changes.values()] };
  }

  restore(saved: SavedZones): void {
    this.#zones.clear();
    this.#byName.clear();
    this.#changes.clear();
    for (const zone of saved.zones) {
      const tables = { records: tableOf(zone.records), served: tableOf(zone.served) };
      this.#add({ ...zone, ...tables, protections: new Protections(zone.protections) });
    }
    for (const change of saved.changes) this.#changes.set(change.id, change);
  }

  #add(zone: Zone): void {
    this.#zones.set(zone.id, zone);
    const named = [...(this.#byName.get(zone.name) ?? []), zone];
    this.#byName.set(
      zone.name,
      named.sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  }

  #sync(zone: Zone): void {
    const now = this.#clock.now();
    for (let first = zone.pending[0]; first !== undefined && first.insyncAt <= now; first = zone.pending[0]) {
      applyTo(zone.served, first.effects);
      zone.pending.shift();
    }
  }
}
