/**
 * Authoritative DNS for the hosted zones, over UDP and TCP on one port.
 *
 * Guarantee: an answer shows only changes that are in sync; what is no query is ignored and never ends the process.
 * Faults of service `dns`, by record type: a time-out is silence, `cut` is silence over UDP and a closed connection over TCP,
 * `status` is SERVFAIL or the code named in `errorCode`.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { Zones } from '../route53/zones.ts';
import { listenOn } from '../world/listenOn.ts';
import { logFault } from '../world/log.ts';
import type { FaultSpec, World } from '../world/world.ts';
import { type Query, type Rcode, type Reply, rcodes, readQuery, writeReply } from './packet.ts';
import { wireRecords } from './wireRecord.ts';
import { answerQuestion } from './zoneAnswer.ts';

export type DnsServer = { host: string; port: number; close(): Promise<void> };

type Outcome = { kind: 'reply'; bytes: Buffer } | { kind: 'silence' } | { kind: 'cut' };

const tcpIdleMs = 10_000;
/** A `slow` fault without `delayMs`. */
const slowDefaultMs = 1000;
/** How often a free port is looked for that is free for UDP and TCP alike. */
const portTries = 20;

const empty = (rcode: Rcode): Reply => ({ rcode, authoritative: false, answers: [], authorities: [] });

function replyTo(zones: Zones, query: Query): Reply {
  if (query.opcode !== 0) return empty('NOTIMP');
  if (query.question === null) return empty('FORMERR');
  if (query.question.class !== undefined && query.question.class !== 'IN') return empty('REFUSED');
  const answer = answerQuestion(zones, query.question.name, query.question.type);
  return { ...answer, answers: answer.answers.flatMap(wireRecords), authorities: answer.authorities.flatMap(wireRecords) };
}

function faultyRcode(fault: FaultSpec): Rcode {
  const named = String(fault.errorCode ?? 'SERVFAIL').toUpperCase();
  return Object.keys(rcodes).find((rcode): rcode is Rcode => rcode === named) ?? 'SERVFAIL';
}

async function outcomeOf(world: World, zones: Zones, raw: Buffer, transport: 'udp' | 'tcp'): Promise<Outcome> {
  const query = readQuery(raw);
  if (query === null) return { kind: 'silence' };
  const operation = query.question?.type ?? 'NONE';
  world.calls.count('dns', operation);
  const fault = world.faults.take('dns', operation);
  if (fault?.kind === 'timeout-before' || fault?.kind === 'timeout-after') return { kind: 'silence' };
  if (fault?.kind === 'cut') return { kind: 'cut' };
  if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? slowDefaultMs));
  const isError = fault?.kind === 'status' || fault?.kind === 'throttle';
  return { kind: 'reply', bytes: writeReply(query, isError ? empty(faultyRcode(fault)) : replyTo(zones, query), transport) };
}

function bindUdp(at: { host: string; port: number }): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', (cause) => {
      socket.close();
      reject(cause);
    });
    socket.bind(at.port, at.host, () => {
      socket.removeAllListeners('error');
      socket.on('error', (cause) => logFault('dns: UDP socket', cause));
      resolve(socket);
    });
  });
}

function answerUdp(world: World, zones: Zones, socket: UdpSocket): void {
  socket.on('message', (raw, peer) => {
    outcomeOf(world, zones, raw, 'udp')
      .then((outcome) => {
        if (outcome.kind === 'reply') socket.send(outcome.bytes, peer.port, peer.address, () => {});
      })
      .catch((cause) => logFault('dns: question over UDP', cause));
  });
}

/** Messages over TCP are preceded by their length in two octets, and several may follow each other. */
async function answerTcp(world: World, zones: Zones, connection: Socket): Promise<void> {
  let received = Buffer.alloc(0);
  for await (const chunk of connection) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const outcome = await outcomeOf(world, zones, received.subarray(2, end), 'tcp');
      received = received.subarray(end);
      if (outcome.kind === 'cut') return void connection.destroy();
      if (outcome.kind === 'silence') continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(outcome.bytes.length);
      connection.write(Buffer.concat([length, outcome.bytes]));
    }
  }
}

async function bindBoth(
  at: { host: string; port: number },
  connections: Set<Socket>,
  onConnection: (connection: Socket) => void,
): Promise<[Server, UdpSocket, number]> {
  for (let tries = 1; ; tries += 1) {
    const server = createServer((connection) => {
      connections.add(connection);
      connection.on('error', () => connection.destroy());
      connection.on('close', () => connections.delete(connection));
      connection.setTimeout(tcpIdleMs, () => connection.destroy());
      onConnection(connection);
    });
    const port = await listenOn(server, at);
    try {
      return [server, await bindUdp({ host: at.host, port }), port];
    } catch (cause) {
      server.close();
      if (at.port !== 0 || tries === portTries) throw cause;
    }
  }
}

/** Port 0 takes one that is free for both. */
export async function serveDns(world: World, zones: Zones, at: { host: string; port: number }): Promise<DnsServer> {
  const connections = new Set<Socket>();
  const onConnection = (connection: Socket) => {
    // A peer that goes away in the middle of a message ends its connection and nothing else.
    answerTcp(world, zones, connection).catch(() => connection.destroy());
  };
  const [server, socket, port] = await bindBoth(at, connections, onConnection);
  answerUdp(world, zones, socket);
  const close = async () => {
    for (const connection of connections) connection.destroy();
    await Promise.all([
      new Promise<void>((resolve) => server.close(() => resolve())),
      new Promise<void>((resolve) => socket.close(() => resolve())),
    ]);
  };
  return { host: at.host, port, close };
}
