/**
 * Starts the outside world: Postmark, Route 53 with its DNS, KMS, a Sentry sink, and the control port. Loopback only.
 *
 * Guarantee: when it resolves, everything listens and the world is as the snapshot has it, or as the seed makes it. When it rejects,
 * nothing listens any more.
 */
import { createHmac } from 'node:crypto';
import { serveControl } from './control/controlServer.ts';
import { type Rooms, resume, snapshot } from './control/sandboxState.ts';
import { createAuthoritativeServer, serveNameServer } from './dns/dnsServer.ts';
import { createKmsRoom } from './kms/kmsRoom.ts';
import { createPostmarkRoom } from './postmark/postmarkRoom.ts';
import { createRoute53Room } from './route53/route53Room.ts';
import { createSentryRoom } from './sentry/sentryRoom.ts';
import { createWorld, type SandboxWorld } from './world/createWorld.ts';
import { type HttpRoom, serveHttp } from './world/httpRim.ts';
import { openStateFile } from './world/stateFile.ts';
import type { Instant } from './world/world.ts';

/** What listens, with the port it has when the process is started without flags, and what it is for. */
export const listeners = {
  postmark: { port: 8585, purpose: 'the Postmark API' },
  route53: { port: 4580, purpose: 'Route 53' },
  kms: { port: 4581, purpose: 'KMS' },
  dns: { port: 8053, purpose: 'DNS over UDP and TCP' },
  sentry: { port: 8969, purpose: 'the Sentry sink' },
  control: { port: 8590, purpose: 'the control API' },
} as const;

export type ListenerName = keyof typeof listeners;

export type SandboxOptions = {
  host?: string;
  /** A listener that is not named gets a free port. */
  ports?: Partial<Record<ListenerName, number>>;
  zone?: string;
  seed?: number | string;
  /** Domain time at the start; without it, real time. A resumed snapshot has its own. */
  startAt?: Instant;
  /** Where the snapshot is kept; without it nothing is written. */
  stateFile?: string;
};

export type Sandbox = {
  /** URLs; `dns` is host:port. */
  addresses: Record<ListenerName, string>;
  zoneId: string;
  zoneName: string;
  kmsKeyArn: string;
  accountToken: string;
  world: SandboxWorld;
  rooms: Rooms;
  close(): Promise<void>;
};

export const sandboxDefaults = { host: '127.0.0.1', zone: 'dev.ardamails.com', seed: 1 } as const;

/** Nothing here asks who is calling. */
function refuseNetwork(host: string): void {
  if (/^127(\.\d{1,3}){3}$/.test(host)) return;
  throw new Error(`--host must be a loopback address such as 127.0.0.1, not '${host}': the sandbox has no protection against a network`);
}

type Listening = { host: string; port: number; close(): Promise<void> };

/** Opens one listener; a taken port is told with its purpose and the flag that moves it. */
async function open<L extends Listening>(name: ListenerName, port: number, listen: () => Promise<L>): Promise<L> {
  try {
    return await listen();
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    if (!isTaken) throw cause;
    throw new Error(`port ${port} for ${listeners[name].purpose} is taken; end what holds it, or choose another with --${name}-port`, {
      cause,
    });
  }
}

function accountTokenOf(seed: string): string {
  const hex = createHmac('sha256', seed).update('postmark account token').digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

/** Puts the last snapshot in place and writes the next ones. */
function keepState(path: string, world: SandboxWorld, rooms: Rooms): () => void {
  const file = openStateFile(path, () => snapshot(world, rooms));
  const saved = file.read();
  if (saved !== null) {
    try {
      resume(world, rooms, saved);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'unreadable';
      throw new Error(`the state in ${path} cannot be resumed: ${reason}; remove the file to start from the seed`, { cause });
    }
  }
  world.onTouched(file.touch);
  file.touch();
  return file.flush;
}

/** Opens listeners one after the other and closes all that it opened. */
function listenersAt(host: string, ports: SandboxOptions['ports']) {
  const opened: Listening[] = [];
  return {
    async listen<L extends Listening>(name: ListenerName, serve: (at: { host: string; port: number }) => Promise<L>): Promise<L> {
      const port = ports?.[name] ?? 0;
      const listener = await open(name, port, () => serve({ host, port }));
      opened.push(listener);
      return listener;
    },
    close: async () => {
      await Promise.all(opened.map((listener) => listener.close()));
    },
  };
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const host = options.host ?? sandboxDefaults.host;
  refuseNetwork(host);
  const seed = options.seed ?? sandboxDefaults.seed;
  const world = createWorld({ seed, ...(options.startAt === undefined ? {} : { startAt: options.startAt }) });
  const { listen, close: closeListeners } = listenersAt(host, options.ports);
  const serveRoom = async (name: ListenerName, room: HttpRoom) => (await listen(name, (at) => serveHttp(world, room, at))).url;
  let beforeEnd = () => {};
  // The last snapshot is taken when no call can change the world any more, and before its clock is stopped.
  const close = async () => {
    await closeListeners();
    beforeEnd();
    world.close();
  };
  try {
    const route53 = createRoute53Room(world, options.zone ?? sandboxDefaults.zone);
    const authoritative = createAuthoritativeServer(world, route53.zones);
    const dns = await listen('dns', (at) => serveNameServer(authoritative, at));
    const accountToken = accountTokenOf(world.random.seed);
    const postmark = createPostmarkRoom(world, { dnsServer: { host: dns.host, port: dns.port }, accountToken });
    const rooms: Rooms = { postmark, route53, kms: createKmsRoom(world), sentry: createSentryRoom(world) };
    const flush = options.stateFile === undefined ? () => {} : keepState(options.stateFile, world, rooms);
    beforeEnd = () => {
      postmark.close();
      flush();
    };
    const addresses = {
      postmark: await serveRoom('postmark', postmark),
      route53: await serveRoom('route53', route53),
      kms: await serveRoom('kms', rooms.kms),
      dns: `${dns.host}:${dns.port}`,
      sentry: await serveRoom('sentry', rooms.sentry),
      control: (await listen('control', (at) => serveControl({ world, rooms }, at))).url,
    };
    return {
      addresses,
      zoneId: route53.zoneId,
      zoneName: route53.zoneName,
      kmsKeyArn: rooms.kms.keyArn,
      accountToken,
      world,
      rooms,
      close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}
