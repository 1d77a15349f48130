/** The sender signatures of the account, found by id and by address, the latter without regard to case. */
import type { Sender } from './sender.ts';

const firstId = 1_500_001;

export type SavedSenders = { nextId: number; senders: Sender[] };

export class SenderStore {
  #nextId = firstId;
  readonly #byId = new Map<number, Sender>();
  readonly #byEmail = new Map<string, Sender>();

  takeId(): number {
    this.#nextId += 1;
    return this.#nextId - 1;
  }

  byId(id: number): Sender | undefined {
    return this.#byId.get(id);
  }

  byEmail(email: string): Sender | undefined {
    return this.#byEmail.get(email.toLowerCase());
  }

  all(): Sender[] {
    return [...this.#byId.values()];
  }

  add(sender: Sender): void {
    this.#byId.set(sender.id, sender);
    this.#byEmail.set(sender.email.toLowerCase(), sender);
  }

  remove(sender: Sender): void {
    this.#byId.delete(sender.id);
    this.#byEmail.delete(sender.email.toLowerCase());
  }

  removeDomain(domainId: number): void {
    for (const sender of this.all()) if (sender.domainId === domainId) this.remove(sender);
  }

  save(): SavedSenders {
    return { nextId: this.#nextId, senders: this.all() };
  }

  restore(saved: SavedSenders): void {
    this.reset();
    this.#nextId = saved.nextId;
    for (const sender of structuredClone(saved.senders)) this.add(sender);
  }

  reset(): void {
    this.#nextId = firstId;
    this.#byId.clear();
    this.#byEmail.clear();
  }
}
