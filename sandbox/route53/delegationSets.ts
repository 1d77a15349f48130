/** Reusable delegation sets: four name servers that several zones share. Zones count as made with one by its id. */
import type { WorldRandom } from '../world/world.ts';
import { idFrom, nameServersOf } from './zones.ts';

/** `fromZoneId`: the zone whose name servers were marked as reusable. */
export type DelegationSet = { id: string; callerReference: string; nameServers: string[]; fromZoneId: string | null };

export class DelegationSets {
  readonly #sets = new Map<string, DelegationSet>();
  readonly #random: WorldRandom;

  constructor(random: WorldRandom) {
    this.#random = random;
  }

  create(callerReference: string, from: { id: string; nameServers: string[] } | null): DelegationSet {
    const id = idFrom('N', this.#random.bytes(20));
    const set = { id, callerReference, nameServers: from?.nameServers ?? nameServersOf(id), fromZoneId: from?.id ?? null };
    this.#sets.set(id, set);
    return set;
  }

  get(id: string): DelegationSet | undefined {
    return this.#sets.get(id);
  }

  delete(id: string): void {
    this.#sets.delete(id);
  }

  /** In order of id. */
  all(): DelegationSet[] {
    return [...this.#sets.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  replace(sets: readonly DelegationSet[]): void {
    this.#sets.clear();
    for (const set of sets) this.#sets.set(set.id, set);
  }
}
