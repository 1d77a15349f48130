/** The whole outside world: what `GET /state` shows, what a snapshot holds, and the way back to the seed. */
import { z } from 'zod';
import type { AwsRoom } from '../aws/awsRoom.ts';
import type { ResolverRoom } from '../dns/resolver/resolver.ts';
import type { KmsRoom } from '../kms/kmsRoom.ts';
import type { Route53Room } from '../route53/route53Room.ts';
import type { SentryRoom } from '../sentry/sentryRoom.ts';
import type { SandboxWorld, SavedWorld } from '../world/createWorld.ts';
import type { Json } from '../world/world.ts';
import type { MailRoom } from './mailRoom.ts';

export type Rooms = {
  postmark: MailRoom;
  route53: Route53Room;
  kms: KmsRoom;
  sentry: SentryRoom;
  aws: AwsRoom;
  resolver: ResolverRoom;
};

/** Another number when a snapshot of before cannot be read any more. */
const snapshotVersion = 1;

const snapshotSchema = z.object({
  version: z.literal(snapshotVersion),
  seed: z.string(),
  world: z.custom<SavedWorld>((value) => typeof value === 'object' && value !== null && 'clock' in value && 'random' in value),
  rooms: z.object({
    postmark: z.json(),
    route53: z.json(),
    kms: z.json(),
    sentry: z.json(),
    // Absent from snapshots that were made before these rooms.
    aws: z.json().optional(),
    resolver: z.json().optional(),
  }),
});

/** Key order is fixed, so that the same seed and the same calls give the same bytes but for `now`. */
export function shownState(world: SandboxWorld, rooms: Rooms): Json {
  const { postmark, route53, kms, dns, webhook, resolver, aws } = world.calls.counts();
  return {
    now: new Date(world.clock.now()).toISOString(),
    postmark: rooms.postmark.show(),
    route53: rooms.route53.show(),
    kms: rooms.kms.show(),
    aws: rooms.aws.show(),
    resolver: rooms.resolver.show(),
    calls: { postmark, route53, kms, dns, webhook, resolver, aws },
  };
}

export function snapshot(world: SandboxWorld, rooms: Rooms): string {
  const saved = {
    postmark: rooms.postmark.save(),
    route53: rooms.route53.save(),
    kms: rooms.kms.save(),
    sentry: rooms.sentry.save(),
    aws: rooms.aws.save(),
    resolver: rooms.resolver.save(),
  };
  return JSON.stringify({ version: snapshotVersion, seed: world.random.seed, world: world.save(), rooms: saved });
}

/** Throws an Error that says what is wrong with the snapshot. */
export function resume(world: SandboxWorld, rooms: Rooms, text: string): void {
  const saved = snapshotSchema.parse(JSON.parse(text));
  if (saved.seed !== world.random.seed)
    throw new Error(`it was made with seed ${saved.seed}, and this sandbox has seed ${world.random.seed}`);
  world.restore(saved.world);
  rooms.route53.restore(saved.rooms.route53);
  rooms.kms.restore(saved.rooms.kms);
  rooms.sentry.restore(saved.rooms.sentry);
  if (saved.rooms.aws !== undefined) rooms.aws.restore(saved.rooms.aws);
  if (saved.rooms.resolver !== undefined) rooms.resolver.restore(saved.rooms.resolver);
  rooms.postmark.restore(saved.rooms.postmark);
}

/** Random draws first: the rooms draw from them as they start anew. */
export function backToSeed(world: SandboxWorld, rooms: Rooms): void {
  world.reset();
  rooms.route53.reset();
  rooms.kms.reset();
  rooms.sentry.reset();
  rooms.aws.reset();
  rooms.resolver.reset();
  rooms.postmark.reset();
  world.touched();
}
