/** The sending domains of the account, which every server of it may send from. */
import type { Domain } from './domain.ts';

const firstId = 3_000_001;

export type SavedDomains = { nextId: number; domains: Domain[] };

export class DomainStore {
  #nextId = firstId;
  #byId = new Map<number, Domain>();
  readonly #idByName = new Map<string, number>();

  takeId(): number {
    this.#nextId += 1;
    return this.#nextId - 1;
  }

  byId(id: number): Domain | undefined {
    return this.#byId.get(id);
  }

  byName(name: string): Domain | undefined {
    const id = this.#idByName.get(name.toLowerCase());
    return id === undefined ? undefined : this.#byId.get(id);
  }

  all(): Domain[] {
    return [...this.#byId.values()];
  }

  add(domain: Domain): void {
    this.#byId.set(domain.id, domain);
    this.#idByName.set(domain.name, domain.id);
  }

  remove(domain: Domain): void {
    this.#byId.delete(domain.id);
    this.#idByName.delete(domain.name);
  }

  save(): SavedDomains {
    return { nextId: this.#nextId, domains: this.all() };
  }

  restore(saved: SavedDomains): void {
    this.reset();
    this.#nextId = saved.nextId;
    for (const domain of structuredClone(saved.domains)) this.add(domain);
  }

  reset(): void {
    this.#nextId = firstId;
    this.#byId = new Map();
    this.#idByName.clear();
  }
}
