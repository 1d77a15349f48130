/**
 * The record sets of one zone: by name and type for changes, by name and descendants for DNS, in Route 53's order for listing.
 * Kept sorted by binary insertion, so that a zone of tens of thousands of records can be listed between single writes.
 */

import { reversedName } from './recordName.ts';
import { type RecordSet, type RecordType, recordTypes } from './recordSet.ts';

type Place = { reversed: string; type: string };
type Row = Place & { set: RecordSet };

const before = (a: Place, b: Place): boolean => (a.reversed === b.reversed ? a.type < b.type : a.reversed < b.reversed);

const ancestorsOf = (name: string): string[] => {
  const labels = name.split('.');
  return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join('.'));
};

export class RecordTable {
  readonly #byName = new Map<string, Map<RecordType, RecordSet>>();
  /** How many names exist beneath each name: more than none makes it an empty non-terminal at least. */
  readonly #descendants = new Map<string, number>();
  readonly #rows: Row[] = [];

  get size(): number {
    return this.#rows.length;
  }

  get(name: string, type: RecordType): RecordSet | undefined {
    return this.#byName.get(name)?.get(type);
  }

  at(name: string): readonly RecordSet[] {
    const sets = this.#byName.get(name);
    return sets === undefined ? [] : recordTypes.flatMap((type) => sets.get(type) ?? []);
  }

  /** Whether the name exists in the DNS sense: it has records, or a name beneath it does. */
  exists(name: string): boolean {
    return this.#byName.has(name) || (this.#descendants.get(name) ?? 0) > 0;
  }

  put(set: RecordSet): void {
    const row: Row = { reversed: reversedName(set.name), type: set.type, set };
    const index = this.#slot(row);
    const known = this.get(set.name, set.type) !== undefined;
    this.#rows.splice(index, known ? 1 : 0, row);
    const sets = this.#byName.get(set.name) ?? new Map<RecordType, RecordSet>();
    if (!this.#byName.has(set.name)) this.#countBeneath(set.name, 1);
    this.#byName.set(set.name, sets.set(set.type, set));
  }

  remove(name: string, type: RecordType): void {
    const sets = this.#byName.get(name);
    if (sets?.delete(type) !== true) return;
    this.#rows.splice(this.#slot({ reversed: reversedName(name), type }), 1);
    if (sets.size > 0) return;
    this.#byName.delete(name);
    this.#countBeneath(name, -1);
  }

  all(): RecordSet[] {
    return this.#rows.map((row) => row.set);
  }

  /** At most `limit` sets from the given place on, and the first one after them. */
  page(from: { name: string; type: string } | null, limit: number): { sets: RecordSet[]; next: RecordSet | null } {
    const start = from === null ? 0 : this.#slot({ reversed: reversedName(from.name), type: from.type });
    const sets = this.#rows.slice(start, start + limit).map((row) => row.set);
    return { sets, next: this.#rows[start + limit]?.set ?? null };
  }

  #slot(place: Place): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.#rows[middle];
      if (row !== undefined && before(row, place)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #countBeneath(name: string, by: 1 | -1): void {
    for (const ancestor of ancestorsOf(name)) {
      const count = (this.#descendants.get(ancestor) ?? 0) + by;
      if (count === 0) this.#descendants.delete(ancestor);
      else this.#descendants.set(ancestor, count);
    }
  }
}
