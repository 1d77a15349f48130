/**
 * Authoritative DNS for the hosted zones: an answer shows only changes that are in sync.
 * Faults of service `dns`, by record type: a time-out is silence, `cut` is silence over UDP and a closed connection over TCP,
 * `status` is SERVFAIL or the code named in `errorCode`.
 */
import type { Zones } from '../route53/zones.ts';
import type { FaultSpec, ServiceName, World } from '../world/world.ts';
import { type DnsListener, listenForDns } from './dnsListener.ts';
import { type Query, readQuery } from './query.ts';
import { type Reply, type Transport, writeReply } from './reply.ts';
import { type Rcode, rcodes } from './wireType.ts';
import { type AnyPolicy, answerQuestion } from './zoneAnswer.ts';

/** What a name server says to a query; null for silence, as an upstream that does not answer is met. */
export type Consulted = { kind: 'reply'; reply: Reply } | { kind: 'silence' } | { kind: 'cut' };

export interface NameServer {
  consult(query: Query): Promise<Consulted>;
}

/** A `slow` fault without `delayMs`. */
const slowDefaultMs = 1000;

export const emptyReply = (rcode: Rcode): Reply => ({ rcode, authoritative: false, answers: [], authorities: [], additionals: [] });

/** What is wrong with a query before anyone looks at what it asks; null when nothing is. */
export function protocolProblem(query: Query): Reply | null {
  if (query.opcode !== 0) return emptyReply('NOTIMP');
  if (query.isMalformed) return emptyReply('FORMERR');
  if (query.edns !== null && query.edns.version > 0) return emptyReply('BADVERS');
  return query.question?.isInternet === false ? emptyReply('REFUSED') : null;
}

function faultyRcode(fault: FaultSpec): Rcode {
  const named = String(fault.errorCode ?? 'SERVFAIL').toUpperCase();
  return Object.keys(rcodes).find((rcode): rcode is Rcode => rcode === named) ?? 'SERVFAIL';
}

/** Counts the question, and lets a fault happen around the answer. */
export async function underDnsFault(world: World, service: ServiceName, query: Query, answer: () => Promise<Reply>): Promise<Consulted> {
  const operation = query.question?.type ?? 'NONE';
  world.calls.count(service, operation);
  const fault = world.faults.take(service, operation);
  switch (fault?.kind) {
    case 'timeout-before':
      return { kind: 'silence' };
    case 'timeout-after':
      await answer();
      return { kind: 'silence' };
    case 'cut':
      await answer();
      return { kind: 'cut' };
    case 'status':
    case 'throttle':
      return { kind: 'reply', reply: emptyReply(faultyRcode(fault)) };
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? slowDefaultMs));
      return { kind: 'reply', reply: await answer() };
    default:
      return { kind: 'reply', reply: await answer() };
  }
}

/** Serves what a name server says; port 0 takes a free one. */
export function serveNameServer(server: NameServer, at: { host: string; port: number }): Promise<DnsListener> {
  return listenForDns(async (raw: Buffer, transport: Transport) => {
    const query = readQuery(raw);
    if (query === null) return { kind: 'silence' };
    const consulted = await server.consult(query);
    return consulted.kind === 'reply' ? { kind: 'reply', bytes: writeReply(query, consulted.reply, transport) } : consulted;
  }, at);
}

export function createAuthoritativeServer(world: World, zones: Zones): NameServer {
  const any = world.settings.declare<AnyPolicy>('anyQueries', 'minimal', ['minimal', 'refused', 'whole']);
  const answer = (query: Query): Reply => {
    const problem = protocolProblem(query);
    if (problem !== null || query.question === null) return problem ?? emptyReply('FORMERR');
    return answerQuestion(zones, query.question.name, query.question.type, any.value);
  };
  return { consult: (query) => underDnsFault(world, 'dns', query, async () => answer(query)) };
}

export type DnsServer = DnsListener;

/** The authoritative server by itself. */
export const serveDns = (world: World, zones: Zones, at: { host: string; port: number }): Promise<DnsServer> =>
  serveNameServer(createAuthoritativeServer(world, zones), at);
