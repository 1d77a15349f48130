/** Bulk requests of each server, oldest first. Ended ones hold no messages any more, and the oldest of them go beyond a bound. */
import type { BulkRequest } from './bulkRequest.ts';

const endedMax = 10_000;

export class BulkStore {
  readonly #byId = new Map<string, BulkRequest>();

  add(bulk: BulkRequest): void {
    this.#byId.set(bulk.id, bulk);
    const [oldest] = this.#byId.values();
    if (oldest !== undefined && oldest.work === null && this.#byId.size > endedMax) this.#byId.delete(oldest.id);
  }

  byId(id: string): BulkRequest | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  ofServer(serverId: number): BulkRequest[] {
    return [...this.#byId.values()].filter((bulk) => bulk.serverId === serverId);
  }

  removeServer(serverId: number): void {
    for (const bulk of this.ofServer(serverId)) this.#byId.delete(bulk.id);
  }

  save(): BulkRequest[] {
    return [...this.#byId.values()];
  }

  restore(saved: readonly BulkRequest[]): void {
    this.reset();
    // A snapshot of before has no count of failures.
    for (const bulk of structuredClone(saved)) this.#byId.set(bulk.id, { ...bulk, failed: bulk.failed ?? 0 });
  }

  reset(): void {
    this.#byId.clear();
  }
}
