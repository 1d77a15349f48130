/**
 * Looks at one name on the authoritative servers of our own zone, so that no cache stands between us and the truth.
 * Guarantee: never throws. NXDOMAIN and "no such record" are `absent`; a time-out, SERVFAIL, REFUSED or a server that cannot be reached is
 * `unreachable`, and only after every server has been tried: unknown is never treated as missing.
 */
import { lookup, Resolver } from 'node:dns/promises';
import type { DnsObservation } from '../core/configuration/dnsObservation.ts';
import type { RecordProbe } from './ports.ts';

export type DnsOptions = {
  /** `ip:port` of authoritative servers; empty: the zone's name servers, looked up through `nameServers`. */
  servers: readonly string[];
  timeoutMs: number;
  nameServers: () => Promise<readonly string[]>;
};

/** Name servers of a zone change when a zone is made anew; ten minutes of asking the old ones is shorter than their own TTL (two days). */
const serversKeptMs = 600_000;

const absentCodes = new Set(['ENOTFOUND', 'ENODATA']);

export function dnsProbe(options: DnsOptions): RecordProbe {
  const authorities = authoritativeServers(options);
  const look = async (ask: (resolver: Resolver) => Promise<readonly string[]>): Promise<DnsObservation> => {
    let servers: readonly string[];
    try {
      servers = await authorities();
    } catch (error) {
      return { kind: 'unreachable', reason: `the name servers of the zone are not known: ${codeOf(error)}` };
    }
    const reasons: string[] = [];
    for (const server of servers) {
      const seen = await askOne(server, options.timeoutMs, ask);
      if (seen.kind !== 'unreachable') return seen;
      reasons.push(`${server} ${seen.reason}`);
    }
    return { kind: 'unreachable', reason: reasons.join(', ') || 'the zone has no name servers' };
  };

  return {
    txt: (name) => look(async (resolver) => (await resolver.resolveTxt(name)).map((strings) => strings.join(''))),
    cname: (name) => look(async (resolver) => (await resolver.resolveCname(name)).map((target) => target.replace(/\.$/, '').toLowerCase())),
  };
}

async function askOne(server: string, timeoutMs: number, ask: (resolver: Resolver) => Promise<readonly string[]>): Promise<DnsObservation> {
  // A resolver each: it costs microseconds, and one that is shared would remember a slow server and send the next question elsewhere.
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([server]);
  try {
    // The resolver hides TTLs for these two types.
    return { kind: 'present', values: await ask(resolver), ttl: null };
  } catch (error) {
    const code = codeOf(error);
    return absentCodes.has(code) ? { kind: 'absent' } : { kind: 'unreachable', reason: code };
  }
}

function authoritativeServers({ servers, nameServers }: DnsOptions): () => Promise<readonly string[]> {
  if (servers.length > 0) return async () => servers;
  let known: { addresses: readonly string[]; untilMs: number } | null = null;
  return async () => {
    if (known !== null && performance.now() < known.untilMs) return known.addresses;
    const names = await nameServers();
    const found = await Promise.allSettled(names.map((name) => lookup(name, { family: 4 })));
    const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? [each.value.address] : []));
    if (addresses.length === 0) throw new Error(`none of ${names.join(', ')} has an address`);
    known = { addresses, untilMs: performance.now() + serversKeptMs };
    return addresses;
  };
}

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
};
