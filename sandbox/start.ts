/**
 * Starts the outside world: Postmark, Route 53 with its DNS, KMS, a Sentry sink, and the control port. Loopback only.
 *
 * Guarantee: when it resolves, everything listens and the world is as the snapshot has it, or as the seed makes it. When it rejects,
 * nothing listens any more.
 */
import { createHmac } from 'node:crypto';
import { createAwsRoom } from './aws/awsRoom.ts';
import { serveControl } from './control/controlServer.ts';
import { type Rooms, resume, snapshot } from './control/sandboxState.ts';
import { createAuthoritativeServer, serveNameServer } from './dns/dnsServer.ts';
import { createResolverRoom } from './dns/resolver/resolver.ts';
import { createKmsRoom } from './kms/kmsRoom.ts';
import { type ListenerName, type Listening, listenersAt, sandboxDefaults } from './listeners.ts';
import { createPostmarkRoom } from './postmark/postmarkRoom.ts';
import { createRoute53Room } from './route53/route53Room.ts';
import { createSentryRoom } from './sentry/sentryRoom.ts';
import { createWorld, type SandboxWorld } from './world/createWorld.ts';
import { type HttpRoom, serveHttp } from './world/httpRim.ts';
import { openStateFile } from './world/stateFile.ts';
import type { ClockPace } from './world/virtualClock.ts';
import type { Instant } from './world/world.ts';

export type SandboxOptions = {
  host?: string;
  /** A listener that is not named gets a free port. */
  ports?: Partial<Record<ListenerName, number>>;
  /** Listeners that nobody chose a port for: when it is taken, they take a free one. */
  movable?: readonly ListenerName[];
  zone?: string;
  seed?: number | string;
  /** Domain time at the start; without it, real time. A resumed snapshot has its own. */
  startAt?: Instant;
  /** Whether domain time runs by itself (`real`), or moves with POST /clock/advance alone. */
  clock?: ClockPace;
  /** Where the snapshot is kept; without it nothing is written. */
  stateFile?: string;
};

export type Sandbox = {
  /** URLs; `dns`, `resolver` and `smtp` are host:port. */
  addresses: Record<ListenerName, string>;
  zoneId: string;
  zoneName: string;
  kmsKeyArn: string;
  accountToken: string;
  world: SandboxWorld;
  rooms: Rooms;
  close(): Promise<void>;
};

/** Nothing here asks who is calling. */
function refuseNetwork(host: string): void {
  if (/^127(\.\d{1,3}){3}$/.test(host)) return;
  throw new Error(`--host must be a loopback address such as 127.0.0.1, not '${host}': the sandbox has no protection against a network`);
}

function accountTokenOf(seed: string): string {
  const hex = createHmac('sha256', seed).update('postmark account token').digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

/**
 * Whom Postmark asks when it verifies a domain: the zone's own server, which forgets nothing and remembers nothing, or a resolver, which has
 * seen what was looked up too early.
 */
function lookedAtBy(world: SandboxWorld, authoritative: Listening, resolver: Listening): { readonly host: string; readonly port: number } {
  const through = world.settings.declare<'authoritative' | 'resolver'>('verifyThrough', 'authoritative', ['authoritative', 'resolver']);
  const asked = () => (through.value === 'resolver' ? resolver : authoritative);
  return {
    get host() {
      return asked().host;
    },
    get port() {
      return asked().port;
    },
  };
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

function worldOf({ seed, startAt, clock }: SandboxOptions): SandboxWorld {
  return createWorld({
    seed: seed ?? sandboxDefaults.seed,
    ...(startAt === undefined ? {} : { startAt }),
    ...(clock === undefined ? {} : { pace: clock }),
  });
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const host = options.host ?? sandboxDefaults.host;
  refuseNetwork(host);
  const world = worldOf(options);
  const { listen, close: closeListeners } = listenersAt(host, options);
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
    const resolver = createResolverRoom(world, authoritative);
    const resolving = await listen('resolver', (at) => serveNameServer(resolver, at));
    const accountToken = accountTokenOf(world.random.seed);
    const postmark = createPostmarkRoom(world, { dnsServer: lookedAtBy(world, dns, resolving), accountToken });
    const smtp = await listen('smtp', (at) => postmark.serveSmtp(at));
    const kms = createKmsRoom(world);
    const aws = createAwsRoom(world, world.random.seed, { route53, kms });
    const rooms: Rooms = { postmark, route53, kms, sentry: createSentryRoom(world), aws, resolver };
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
      smtp: `${smtp.host}:${smtp.port}`,
      sentry: await serveRoom('sentry', rooms.sentry),
      control: (await listen('control', (at) => serveControl({ world, rooms }, at))).url,
      resolver: `${resolving.host}:${resolving.port}`,
      aws: await serveRoom('aws', aws),
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
