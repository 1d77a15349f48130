/**
 * Accepted messages, oldest first, found by id, by server and by the job that a client noted in its metadata.
 *
 * Guarantee: memory is bounded by `max` messages and 45 days of domain time, whichever is less; the oldest go first.
 * The job index exists because "did you get my job?" is asked once per ambiguous send, against hundreds of thousands of messages.
 */
import type { Instant } from '../../world/world.ts';
import type { Message } from './message.ts';

export const retentionMs = 45 * 86_400_000;
const jobKey = 'jobid';

export function metadataValue(message: Message, name: string): string | undefined {
  return Object.entries(message.metadata).find(([key]) => key.toLowerCase() === name)?.[1];
}

export class MessageStore {
  readonly #byId = new Map<string, Message>();
  readonly #byServer = new Map<number, Set<Message>>();
  readonly #byJob = new Map<string, Set<Message>>();

  /** `now` and `max` decide what is dropped for it. */
  add(message: Message, now: Instant, max: number): void {
    this.#byId.set(message.id, message);
    indexed(this.#byServer, message.serverId).add(message);
    const job = metadataValue(message, jobKey);
    if (job !== undefined) indexed(this.#byJob, job).add(message);
    this.#prune(now, max);
  }

  byId(id: string, now: Instant): Message | undefined {
    const message = this.#byId.get(id.toLowerCase());
    return message !== undefined && message.receivedAt > now - retentionMs ? message : undefined;
  }

  /** Oldest first. */
  ofServer(serverId: number, now: Instant): Message[] {
    return kept(this.#byServer.get(serverId), now);
  }

  ofJob(job: string, now: Instant): Message[] {
    return kept(this.#byJob.get(job), now);
  }

  all(now: Instant): Message[] {
    return kept(this.#byId.values(), now);
  }

  save(): Message[] {
    return [...this.#byId.values()];
  }

  restore(saved: readonly Message[]): void {
    this.reset();
    for (const message of structuredClone(saved)) this.add(message, message.receivedAt, Number.POSITIVE_INFINITY);
  }

  reset(): void {
    this.#byId.clear();
    this.#byServer.clear();
    this.#byJob.clear();
  }

  #prune(now: Instant, max: number): void {
    for (const message of this.#byId.values()) {
      if (this.#byId.size <= max && message.receivedAt > now - retentionMs) return;
      this.#byId.delete(message.id);
      unindexed(this.#byServer, message.serverId, message);
      const job = metadataValue(message, jobKey);
      if (job !== undefined) unindexed(this.#byJob, job, message);
    }
  }
}

const kept = (messages: Iterable<Message> | undefined, now: Instant): Message[] =>
  [...(messages ?? [])].filter((message) => message.receivedAt > now - retentionMs);

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
