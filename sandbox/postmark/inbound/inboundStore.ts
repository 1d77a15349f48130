/**
 * Messages that came in for each server, oldest first, for as long as mail is kept. They are kept whole, attachments included, since their hook may
 * have to be called again: beyond a number of messages or of bytes the oldest go, and the newest always stays.
 */
import type { Instant } from '../../world/world.ts';
import type { InboundMessage } from './inboundMessage.ts';

export type InboundBounds = { messages: number; bytes: number };

function bytesOf({ attachments, headers, htmlBody, rawEmail, strippedTextReply, textBody }: InboundMessage): number {
  const texts = [htmlBody, rawEmail ?? '', strippedTextReply, textBody, ...attachments.map(({ Content }) => Content)];
  return [...texts, ...headers.map(({ Value }) => Value)].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

export class InboundStore {
  readonly #keptSince: () => Instant;
  readonly #byId = new Map<string, InboundMessage>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor(keptSince: () => Instant) {
    this.#keptSince = keptSince;
  }

  add(message: InboundMessage, max: InboundBounds): void {
    this.#put(message);
    const since = this.#keptSince();
    for (const [id, { receivedAt }] of this.#byId) {
      const fits = this.#byId.size <= max.messages && (this.#bytes <= max.bytes || id === message.id);
      if (fits && receivedAt > since) return;
      this.#remove(id);
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
    for (const [id, message] of this.#byId) if (message.serverId === serverId) this.#remove(id);
  }

  save(): InboundMessage[] {
    return [...this.#byId.values()];
  }

  restore(saved: readonly InboundMessage[]): void {
    this.reset();
    for (const message of structuredClone(saved)) this.#put(message);
  }

  reset(): void {
    this.#byId.clear();
    this.#sizes.clear();
    this.#bytes = 0;
  }

  #put(message: InboundMessage): void {
    const bytes = bytesOf(message);
    this.#byId.set(message.id, message);
    this.#sizes.set(message.id, bytes);
    this.#bytes += bytes;
  }

  #remove(id: string): void {
    this.#bytes -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
    this.#byId.delete(id);
  }
}
