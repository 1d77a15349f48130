/** Record-set protections of a zone: names and types that no change may touch until the protection is deleted. */
import { reversedName } from './recordName.ts';
import { keyOf } from './recordSet.ts';

/** `name` is canonical. A record set of that name and type need not exist. */
export type Protection = { name: string; type: string; comment: string | null };

type Place = { name: string; type: string };

const placeOf = ({ name, type }: Place): string => `${reversedName(name)} ${type}`;

export class Protections {
  readonly #byKey = new Map<string, Protection>();

  constructor(protections: readonly Protection[]) {
    for (const protection of protections) this.add(protection);
  }

  get size(): number {
    return this.#byKey.size;
  }

  add(protection: Protection): void {
    this.#byKey.set(keyOf(protection), protection);
  }

  find(place: Place): Protection | undefined {
    return this.#byKey.get(keyOf(place));
  }

  remove(place: Place): void {
    this.#byKey.delete(keyOf(place));
  }

  /** In the order of ListResourceRecordSets. */
  all(): Protection[] {
    return [...this.#byKey.values()].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  }

  page(from: Place | null, limit: number): { protections: Protection[]; next: Protection | null } {
    const start = from === null ? '' : placeOf(from);
    const rest = this.all().filter((protection) => placeOf(protection) >= start);
    return { protections: rest.slice(0, limit), next: rest[limit] ?? null };
  }
}
