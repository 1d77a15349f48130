/** Opens and clicks of each server, oldest first, for as long as messages are kept; beyond `max` of a server the oldest go. */
import type { Instant } from '../../world/world.ts';
import type { Reading } from './reading.ts';

const readingsMax = 200_000;

export class ReadingStore {
  readonly #keptSince: () => Instant;
  readonly #byServer = new Map<number, Set<Reading>>();

  constructor(keptSince: () => Instant) {
    this.#keptSince = keptSince;
  }

  add(reading: Reading): void {
    const readings = this.#byServer.get(reading.serverId) ?? new Set();
    this.#byServer.set(reading.serverId, readings);
    readings.add(reading);
    const [oldest] = readings;
    if (oldest !== undefined && (readings.size > readingsMax || oldest.at <= this.#keptSince())) readings.delete(oldest);
  }

  ofServer(serverId: number): Reading[] {
    const since = this.#keptSince();
    return [...(this.#byServer.get(serverId) ?? [])].filter(({ at }) => at > since);
  }

  /** For good: somebody asked that nothing of this recipient be kept. */
  forget(serverId: number, recipient: string): void {
    const readings = this.#byServer.get(serverId) ?? new Set<Reading>();
    for (const reading of readings) if (reading.recipient.toLowerCase() === recipient.toLowerCase()) readings.delete(reading);
  }

  removeServer(serverId: number): void {
    this.#byServer.delete(serverId);
  }

  save(): Reading[] {
    return [...this.#byServer.values()].flatMap((readings) => [...readings]);
  }

  restore(saved: readonly Reading[]): void {
    this.reset();
    for (const reading of structuredClone(saved)) {
      const readings = this.#byServer.get(reading.serverId) ?? new Set();
      this.#byServer.set(reading.serverId, readings.add(reading));
    }
  }

  reset(): void {
    this.#byServer.clear();
  }
}
