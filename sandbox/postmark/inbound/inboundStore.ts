/** Messages that came in for each server, oldest first, for as long as mail is kept; beyond `max` the oldest go. */
import type { Instant } from '../../world/world.ts';
import type { InboundMessage } from './inboundMessage.ts';

export class InboundStore {
  readonly #keptSince: () => Instant;
  readonly #byId = new Map<string, InboundMessage>();

  constructor(keptSince: () => Instant) {
    this.#keptSince = keptSince;
  }

  add(message: InboundMessage, max: number): void {
    this.#byId.set(message.id, message);
    const since = this.#keptSince();
    for (const [id, { receivedAt }] of this.#byId) {
      if (this.#byId.size <= max && receivedAt > since) return;
      this.#byId.delete(id);
    }
  }

  byId(serverId: number, id: string): InboundMessage | undefined {
    const message = this.#byId.get(id.toLowerCase());
    return message?.serverId === serverId && message.receivedAt > this.#keptSince() ? message : undefined;
  }

  ofServer(serverId: number): InboundMessage[] {
    const since = this.#keptSince();
    return [...this.#byId.values()].filter((message) => message.serverId === serverId && message.receivedAt > since);
  }

  removeServer(serverId: number): void {
    for (const [id, message] of this.#byId) if (message.serverId === serverId) this.#byId.delete(id);
  }

  save(): InboundMessage[] {
    return [...this.#byId.values()];
  }

  restore(saved: readonly InboundMessage[]): void {
    this.reset();
    for (const message of structuredClone(saved)) this.#byId.set(message.id, message);
  }

  reset(): void {
    this.#byId.clear();
  }
}
