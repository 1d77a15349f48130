/**
 * Takes DNS messages over UDP and TCP on one port and sends what `answer` says.
 *
 * Guarantee: what cannot be answered is silence and never ends the process; a peer that goes away ends its connection and nothing else.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { listenOn } from '../world/listenOn.ts';
import { logFault } from '../world/log.ts';
import type { Transport } from './reply.ts';

/** `cut` is silence over UDP and a closed connection over TCP. */
export type DnsOutcome = { kind: 'reply'; bytes: Buffer } | { kind: 'silence' } | { kind: 'cut' };

export type AnswerMessage = (raw: Buffer, transport: Transport) => Promise<DnsOutcome>;

export type DnsListener = { host: string; port: number; close(): Promise<void> };

const tcpIdleMs = 10_000;
/** How often a free port is looked for that is free for UDP and TCP alike. */
const portTries = 20;

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

function answerUdp(answer: AnswerMessage, socket: UdpSocket): void {
  socket.on('message', (raw, peer) => {
    answer(raw, 'udp')
      .then((outcome) => {
        if (outcome.kind === 'reply') socket.send(outcome.bytes, peer.port, peer.address, () => {});
      })
      .catch((cause) => logFault('dns: question over UDP', cause));
  });
}

/** Whoever asks and does not read is not asked for more until what he was told has left, or he has. */
async function written(connection: Socket, bytes: Buffer): Promise<void> {
  if (connection.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      connection.off('drain', go).off('close', go);
      resolve();
    };
    connection.on('drain', go).on('close', go);
  });
}

/** Messages over TCP are preceded by their length in two octets, and several may follow each other. */
async function answerTcp(answer: AnswerMessage, connection: Socket): Promise<void> {
  let received = Buffer.alloc(0);
  for await (const chunk of connection) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const outcome = await answer(received.subarray(2, end), 'tcp');
      received = received.subarray(end);
      if (outcome.kind === 'cut') return void connection.destroy();
      if (outcome.kind === 'silence') continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(outcome.bytes.length);
      await written(connection, Buffer.concat([length, outcome.bytes]));
      if (connection.destroyed) return;
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
export async function listenForDns(answer: AnswerMessage, at: { host: string; port: number }): Promise<DnsListener> {
  const connections = new Set<Socket>();
  const [server, socket, port] = await bindBoth(at, connections, (connection) => {
    answerTcp(answer, connection).catch(() => connection.destroy());
  });
  answerUdp(answer, socket);
  const close = async () => {
    for (const connection of connections) connection.destroy();
    await Promise.all([
      new Promise<void>((resolve) => server.close(() => resolve())),
      new Promise<void>((resolve) => socket.close(() => resolve())),
    ]);
  };
  return { host: at.host, port, close };
}
