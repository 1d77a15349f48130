/**
 * A caching resolver over the authoritative server, so that propagation is real: what was looked up too early stays absent for as long as the
 * zone's SOA says, and a changed record is seen when the old one's TTL is over.
 *
 * Guarantee: time is domain time, so a test steps over a TTL. It follows CNAMEs into every zone that is served here. Names that are served
 * nowhere are SERVFAIL, as is an upstream that does not answer: that is known at once here, and not after a time-out.
 */
import { canonicalName } from '../../route53/recordName.ts';
import { fieldsOf, type RecordSet } from '../../route53/recordSet.ts';
import type { Json, Room, World } from '../../world/world.ts';
import { emptyReply, type NameServer, protocolProblem, underDnsFault } from '../dnsServer.ts';
import type { Query, Question } from '../query.ts';
import type { OwnedSet, Reply } from '../reply.ts';
import { outsideAnswer } from './outsideWorld.ts';
import { ResolverCache, savedCacheSchema } from './resolverCache.ts';

export interface ResolverRoom extends Room, NameServer {
  /** Forgets all; answers how many entries there were. */
  flush(): number;
}

/** A longer chain than this is a loop, or as good as one. */
const cnameChainMax = 16;

type Limits = { ttlMaxSeconds: { readonly value: number }; negativeTtlMaxSeconds: { readonly value: number } };

/** What one step of the chain came to: an end, the next name of the chain, or nothing that can be trusted. */
type Step =
  | { kind: 'found'; sets: OwnedSet[] }
  | { kind: 'absent'; rcode: 'NOERROR' | 'NXDOMAIN'; sets: OwnedSet[]; soa: OwnedSet | null }
  | { kind: 'alias'; sets: OwnedSet[]; target: string }
  | { kind: 'failed' };

const targetOf = (alias: RecordSet): string => canonicalName(alias.values[0] ?? '') ?? '';
const minimumOf = (soa: RecordSet): number => Number(fieldsOf(soa.values[0] ?? '')[6] ?? soa.ttl);

class Resolution {
  readonly #world: World;
  readonly #upstream: NameServer;
  readonly #cache: ResolverCache;
  readonly #limits: Limits;

  constructor(world: World, upstream: NameServer, cache: ResolverCache, limits: Limits) {
    this.#world = world;
    this.#upstream = upstream;
    this.#cache = cache;
    this.#limits = limits;
  }

  async answer(query: Query, question: Question): Promise<Reply> {
    const answers: OwnedSet[] = [];
    let name = question.name;
    for (let hops = 0; hops < cnameChainMax; hops += 1) {
      const cached = this.#fromCache(name, question.type);
      // Who does not ask for recursion gets what is remembered.
      if (cached === null && !query.recursionDesired) return { ...emptyReply('REFUSED'), recursionAvailable: true };
      const step = cached ?? (await this.#fromUpstream(query, name, question.type));
      if (step.kind === 'failed') return { ...emptyReply('SERVFAIL'), recursionAvailable: true };
      answers.push(...step.sets);
      if (step.kind === 'alias') {
        name = step.target;
        continue;
      }
      const authorities = step.kind === 'absent' && step.soa !== null ? [step.soa] : [];
      const rcode = step.kind === 'absent' ? step.rcode : 'NOERROR';
      return { rcode, authoritative: false, recursionAvailable: true, answers, authorities, additionals: [] };
    }
    return { ...emptyReply('SERVFAIL'), recursionAvailable: true };
  }

  #fromCache(name: string, type: string): Step | null {
    const now = this.#world.clock.now();
    const entry = this.#cache.find(name, type, now);
    if (entry?.set) return { kind: 'found', sets: [{ owner: name, set: entry.set }] };
    if (entry !== null) return { kind: 'absent', rcode: entry.type === null ? 'NXDOMAIN' : 'NOERROR', sets: [], soa: entry.soa };
    const alias = this.#cache.find(name, 'CNAME', now)?.set ?? null;
    return alias === null ? null : { kind: 'alias', sets: [{ owner: name, set: alias }], target: targetOf(alias) };
  }

  async #fromUpstream(query: Query, name: string, type: string): Promise<Step> {
    const outside = outsideAnswer(name, type);
    if (outside !== null)
      return this.#learned(name, type, outside.set === null ? 'NOERROR' : null, outside.set, { owner: name, set: outside.soa });
    const question: Question = { name, type, isInternet: true, bytes: Buffer.alloc(0) };
    const consulted = await this.#upstream.consult({ ...query, question, edns: null, recursionDesired: false });
    if (consulted.kind !== 'reply') return { kind: 'failed' };
    const { rcode, authoritative, answers, authorities } = consulted.reply;
    // A referral leads to name servers that are not here.
    if (!authoritative || (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN')) return { kind: 'failed' };
    const first = answers.find(({ owner }) => owner === name);
    if (type === 'ANY') return { kind: 'found', sets: [...answers] };
    if (first !== undefined && first.set.type === 'CNAME' && type !== 'CNAME') return this.#learnedAlias(name, first.set);
    return this.#learned(name, type, first === undefined ? rcode : null, first?.set ?? null, authorities[0] ?? null);
  }

  /** One link at a time: what follows in the answer is asked again, and each link expires by its own TTL. */
  #learnedAlias(name: string, alias: RecordSet): Step {
    const ttl = Math.min(alias.ttl, this.#limits.ttlMaxSeconds.value);
    this.#cache.put({ name, type: 'CNAME', set: { ...alias, name, ttl }, soa: null }, ttl, this.#world.clock.now());
    this.#world.touched();
    return { kind: 'alias', sets: [{ owner: name, set: alias }], target: targetOf(alias) };
  }

  #learned(name: string, type: string, absence: 'NOERROR' | 'NXDOMAIN' | null, set: RecordSet | null, soa: OwnedSet | null): Step {
    const now = this.#world.clock.now();
    if (absence === null && set !== null) {
      const ttl = Math.min(set.ttl, this.#limits.ttlMaxSeconds.value);
      this.#cache.put({ name, type, set: { ...set, name, ttl }, soa: null }, ttl, now);
      this.#world.touched();
      return { kind: 'found', sets: [{ owner: name, set: { ...set, ttl } }] };
    }
    const isGone = absence === 'NXDOMAIN';
    if (soa === null) return { kind: 'absent', rcode: isGone ? 'NXDOMAIN' : 'NOERROR', sets: [], soa };
    const ttl = Math.min(soa.set.ttl, minimumOf(soa.set), this.#limits.negativeTtlMaxSeconds.value);
    this.#cache.put({ name, type: isGone ? null : type, set: null, soa: { owner: soa.owner, set: { ...soa.set, ttl } } }, ttl, now);
    this.#world.touched();
    return { kind: 'absent', rcode: isGone ? 'NXDOMAIN' : 'NOERROR', sets: [], soa: { owner: soa.owner, set: { ...soa.set, ttl } } };
  }
}

export function createResolverRoom(world: World, upstream: NameServer): ResolverRoom {
  const cache = new ResolverCache();
  const limits: Limits = {
    ttlMaxSeconds: world.settings.declare('resolverTtlMaxSeconds', 86_400),
    // RFC 2308 section 5 finds one to three hours sensible.
    negativeTtlMaxSeconds: world.settings.declare('resolverNegativeTtlMaxSeconds', 10_800),
  };
  const resolution = new Resolution(world, upstream, cache, limits);
  const answer = async (query: Query): Promise<Reply> => {
    const problem = protocolProblem(query);
    if (problem !== null || query.question === null) return problem ?? emptyReply('FORMERR');
    return resolution.answer(query, query.question);
  };
  const shown = (): Json =>
    cache.entries(world.clock.now()).map(({ name, type, set, expiresAt }) => ({
      Name: name,
      Type: type,
      Values: set === null ? null : [...set.values],
      expiresAt: new Date(expiresAt).toISOString(),
    }));
  return {
    name: 'resolver',
    consult: (query) => underDnsFault(world, 'resolver', query, () => answer(query)),
    flush: () => {
      const count = cache.entries(world.clock.now()).length;
      cache.replace([]);
      world.touched();
      return count;
    },
    show: () => ({ cache: shown() }),
    save: () => ({ entries: cache.entries(world.clock.now()) }),
    restore: (saved) => cache.replace(savedCacheSchema.parse(saved).entries),
    reset: () => cache.replace([]),
  };
}
