/**
 * What Postmark counts for ever: per server, stream, tag and US Eastern day. It outlives the messages that were counted.
 *
 * Mechanism: a row per (stream, day, tag) that saw anything, with a number per metric, so that memory follows days and tags, not mail.
 */

import type { Instant } from '../../world/world.ts';
import { easternDay } from '../rim/easternTime.ts';

export type StatRow = { serverId: number; stream: string; day: string; tag: string; counts: { [metric: string]: number } };

export type StatFilter = { stream: string | null; tag: string | null; fromDay: string | null; toDay: string | null };

/** Where an occurrence is counted. */
export type Counted = { serverId: number; stream: string; tag: string };

const keyOf = ({ stream, day, tag }: Pick<StatRow, 'stream' | 'day' | 'tag'>): string => `${stream} ${day} ${tag}`;

export class StatStore {
  readonly #byServer = new Map<number, Map<string, StatRow>>();

  count(counted: Counted, at: Instant, metrics: Readonly<Record<string, number>>): void {
    const { counts } = this.#row({ serverId: counted.serverId, stream: counted.stream, tag: counted.tag, day: easternDay(at), counts: {} });
    for (const [metric, n] of Object.entries(metrics)) if (n > 0) counts[metric] = (counts[metric] ?? 0) + n;
  }

  /** By day. */
  rows(serverId: number, { stream, tag, fromDay, toDay }: StatFilter): StatRow[] {
    return [...(this.#byServer.get(serverId)?.values() ?? [])]
      .filter(
        (row) =>
          (stream === null || row.stream === stream) &&
          (tag === null || row.tag === tag) &&
          (fromDay === null || row.day >= fromDay) &&
          (toDay === null || row.day <= toDay),
      )
      .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
  }

  removeServer(serverId: number): void {
    this.#byServer.delete(serverId);
  }

  save(): StatRow[] {
    return [...this.#byServer.values()].flatMap((rows) => [...rows.values()]);
  }

  restore(saved: readonly StatRow[]): void {
    this.reset();
    for (const row of structuredClone(saved)) this.#row(row);
  }

  reset(): void {
    this.#byServer.clear();
  }

  #row(fresh: StatRow): StatRow {
    const rows = this.#byServer.get(fresh.serverId) ?? new Map<string, StatRow>();
    this.#byServer.set(fresh.serverId, rows);
    const known = rows.get(keyOf(fresh)) ?? fresh;
    rows.set(keyOf(fresh), known);
    return known;
  }
}
