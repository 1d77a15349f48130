/**
 * Accepted messages, oldest first, found by id, by server and by the job that a client noted in its metadata.
 *
 * Guarantee: memory is bounded by a number of messages, by the bytes of their content, and by the days that mail is kept for; the oldest go
 * first, and the newest is always whole.
 * The job index exists because "did you get my job?" is asked once per ambiguous send, against hundreds of thousands of messages.
 */
import type { Instant } from '../../world/world.ts';
import type { Message } from './message.ts';
import { contentBytes, dropContent } from './storedContent.ts';

const jobKey = 'jobid';

export function metadataValue(message: Message, name: string): string | undefined {
  return Object.entries(message.metadata).find(([key]) => key.toLowerCase() === name)?.[1];
}

export type MessageBounds = { messages: number; bytes: number };

export class MessageStore {
  readonly #byId = new Map<string, Message>();
  readonly #byServer = new Map<number, Set<Message>>();
  readonly #byJob = new Map<string, Set<Message>>();
  /** Those that still have their content, oldest first, with its size. */
  readonly #whole = new Map<Message, number>();
  #bytes = 0;
  readonly #keptSince: () => Instant;

  constructor(keptSince: () => Instant) {
    this.#keptSince = keptSince;
  }

  /** The oldest make room for it: their content, or all of them when there are too many or they are no longer kept. */
  add(message: Message, bounds: MessageBounds): void {
    this.#index(message);
    this.#prune(this.#keptSince(), bounds.messages);
    for (const [oldest] of this.#whole) {
      if (this.#bytes <= bounds.bytes || oldest === message) return;
      dropContent(oldest);
      this.#forgetContent(oldest);
    }
  }

  byId(id: string): Message | undefined {
    const message = this.#byId.get(id.toLowerCase());
    return message !== undefined && message.receivedAt > this.#keptSince() ? message : undefined;
  }

  /** Oldest first. */
  ofServer(serverId: number): Message[] {
    return this.#kept(this.#byServer.get(serverId));
  }

  ofJob(job: string): Message[] {
    return this.#kept(this.#byJob.get(job));
  }

  all(): Message[] {
    return this.#kept(this.#byId.values());
  }

  remove(message: Message): void {
    this.#byId.delete(message.id);
    this.#forgetContent(message);
    unindexed(this.#byServer, message.serverId, message);
    const job = metadataValue(message, jobKey);
    if (job !== undefined) unindexed(this.#byJob, job, message);
  }

  removeServer(serverId: number): void {
    for (const message of this.#byServer.get(serverId) ?? []) this.remove(message);
  }

  save(): Message[] {
    return [...this.#byId.values()];
  }

  restore(saved: readonly Message[]): void {
    this.reset();
    for (const message of structuredClone(saved)) this.#index(message);
  }

  reset(): void {
    this.#byId.clear();
    this.#byServer.clear();
    this.#byJob.clear();
    this.#whole.clear();
    this.#bytes = 0;
  }

  #forgetContent(message: Message): void {
    this.#bytes -= this.#whole.get(message) ?? 0;
    this.#whole.delete(message);
  }

  #kept(messages: Iterable<Message> | undefined): Message[] {
    const since = this.#keptSince();
    return [...(messages ?? [])].filter((message) => message.receivedAt > since);
  }

  #index(message: Message): void {
    this.#byId.set(message.id, message);
    const bytes = contentBytes(message);
    this.#whole.set(message, bytes);
    this.#bytes += bytes;
    indexed(this.#byServer, message.serverId).add(message);
    const job = metadataValue(message, jobKey);
    if (job !== undefined) indexed(this.#byJob, job).add(message);
  }

  #prune(since: Instant, max: number): void {
    for (const message of this.#byId.values()) {
      if (this.#byId.size <= max && message.receivedAt > since) return;
      this.remove(message);
    }
  }
}

function indexed<K>(index: Map<K, Set<Message>>, key: K): Set<Message> {
  const known = index.get(key);
  if (known !== undefined) return known;
  const made = new Set<Message>();
  index.set(key, made);
  return made;
}

function unindexed<K>(index: Map<K, Set<Message>>, key: K, message: Message): void {
  const messages = index.get(key);
  messages?.delete(message);
  if (messages?.size === 0) index.delete(key);
}
