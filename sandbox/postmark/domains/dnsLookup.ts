/**
 * What Postmark sees when it looks: questions over the wire to the sandbox's own name server.
 * Whatever goes wrong (no such name, refused, no answer in time) is the same to Postmark: not seen.
 */
import { Resolver } from 'node:dns/promises';

/** One try, so that one lost question is one failed look; a name server on loopback answers in a millisecond. */
const timeoutMs = 2000;

export type DnsServer = { host: string; port: number };

function resolverAt(server: DnsServer): Resolver {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([server.host.includes(':') ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`]);
  return resolver;
}

/** Each value with its strings joined: a long key comes in several. */
export async function txtValues(server: DnsServer, name: string): Promise<string[]> {
  try {
    return (await resolverAt(server).resolveTxt(name)).map((strings) => strings.join(''));
  } catch {
    return [];
  }
}

/** Lower-case, without the final dot; the same for `mxTargets`. */
export async function cnameTargets(server: DnsServer, name: string): Promise<string[]> {
  try {
    return (await resolverAt(server).resolveCname(name)).map((target) => target.toLowerCase().replace(/\.$/, ''));
  } catch {
    return [];
  }
}

export async function mxTargets(server: DnsServer, name: string): Promise<string[]> {
  try {
    return (await resolverAt(server).resolveMx(name)).map(({ exchange }) => exchange.toLowerCase().replace(/\.$/, ''));
  } catch {
    return [];
  }
}
