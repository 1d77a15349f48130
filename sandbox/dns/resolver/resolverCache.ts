/**
 * What the resolver remembers, in domain time: record sets for their TTL, and for a name or type that does not exist the lesser of the SOA's
 * TTL and its minimum (RFC 2308). What has expired is not there.
 */
import { z } from 'zod';
import type { RecordSet } from '../../route53/recordSet.ts';
import { recordTypes } from '../../route53/recordSet.ts';
import type { Instant } from '../../world/world.ts';
import type { OwnedSet } from '../reply.ts';

/** `set: null` is a remembered absence; `type: null` says that the name itself does not exist. `soa` proves it, `set` is the answer. */
export type CacheEntry = { name: string; type: string | null; set: RecordSet | null; soa: OwnedSet | null; expiresAt: Instant };

/** Oldest go first beyond this: what bounds the memory under random questions. */
const entriesMax = 20_000;
const secondMs = 1000;

const recordSet = z.object({ name: z.string(), type: z.enum(recordTypes), ttl: z.number(), values: z.array(z.string()) });

export const savedCacheSchema = z.object({
  entries: z.array(
    z.object({
      name: z.string(),
      type: z.string().nullable(),
      set: recordSet.nullable(),
      soa: z.object({ owner: z.string(), set: recordSet }).nullable(),
      expiresAt: z.number(),
    }),
  ),
});

const keyOf = (name: string, type: string | null): string => `${name} ${type ?? ''}`;

/** The whole seconds that are left; a set that was just stored still has all of its TTL. */
const aged = (set: RecordSet, expiresAt: Instant, now: Instant): RecordSet => ({ ...set, ttl: Math.ceil((expiresAt - now) / secondMs) });

export class ResolverCache {
  readonly #entries = new Map<string, CacheEntry>();

  /** A TTL of 0 is for this one answer and not kept. */
  put(entry: Omit<CacheEntry, 'expiresAt'>, ttlSeconds: number, now: Instant): void {
    if (ttlSeconds <= 0) return;
    const key = keyOf(entry.name, entry.type);
    this.#entries.delete(key);
    this.#entries.set(key, { ...entry, expiresAt: now + ttlSeconds * secondMs });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > entriesMax && oldest.done === false) this.#entries.delete(oldest.value);
  }

  /** With the TTLs that are left. A name that does not exist has no records of any type. */
  find(name: string, type: string, now: Instant): CacheEntry | null {
    const entry = this.#live(name, null, now) ?? this.#live(name, type, now);
    if (entry === null) return null;
    return {
      ...entry,
      set: entry.set === null ? null : aged(entry.set, entry.expiresAt, now),
      soa: entry.soa === null ? null : { ...entry.soa, set: aged(entry.soa.set, entry.expiresAt, now) },
    };
  }

  entries(now: Instant): CacheEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.expiresAt > now);
  }

  replace(entries: readonly CacheEntry[]): void {
    this.#entries.clear();
    for (const entry of entries) this.#entries.set(keyOf(entry.name, entry.type), entry);
  }

  #live(name: string, type: string | null, now: Instant): CacheEntry | null {
    const key = keyOf(name, type);
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.expiresAt > now) return entry;
    this.#entries.delete(key);
    return null;
  }
}
