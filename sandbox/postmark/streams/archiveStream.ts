/**
 * Streams are not deleted but archived, and purged 45 days later with their suppressions and webhooks. Until then the stream can come back,
 * and its id is taken.
 * Mechanism: the purge is on the agenda; it re-reads the stream and leaves it alone when it was taken out of the archive meanwhile.
 */
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { isObject } from '../rim/jsonBody.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import { Refusal } from '../rim/refusal.ts';
import type { MessageStream, ServerRecord } from '../servers/server.ts';

const agendaKind = 'postmark.purgeStream';
const purgeAfterMs = 45 * 86_400_000;

/** Every server is born with these two and keeps them. */
const permanent = ['outbound', 'inbound'];

/** Archiving once more changes nothing: the 45 days run from the first time. */
export function archiveStream({ settings, world }: Postmark, { server }: ServerRecord, stream: MessageStream): void {
  if (permanent.includes(stream.ID)) throw new Refusal(1229);
  if (stream.ArchivedAt !== null) return;
  const now = world.clock.now();
  if (now < Date.parse(stream.CreatedAt) + settings.streamArchiveDelayMs.value) throw new Refusal(1241);
  stream.ArchivedAt = postmarkDate(now);
  stream.ExpectedPurgeDate = postmarkDate(now + purgeAfterMs);
  world.clock.schedule(now + purgeAfterMs, agendaKind, { serverId: server.ID, stream: stream.ID, archivedAt: stream.ArchivedAt });
  world.touched();
}

export function unarchiveStream({ world }: Postmark, stream: MessageStream): void {
  if (stream.ArchivedAt === null) throw new Refusal(1232);
  stream.ArchivedAt = null;
  stream.ExpectedPurgeDate = null;
  stream.UpdatedAt = postmarkDate(world.clock.now());
  world.touched();
}

function purge({ servers, suppressions, webhooks, world }: Postmark, payload: Json): void {
  if (!isObject(payload)) return;
  const record = servers.byId(Number(payload['serverId']));
  const stream = record?.streams.find(({ ID }) => ID === payload['stream']);
  if (record === undefined || stream === undefined || stream.ArchivedAt !== payload['archivedAt']) return;
  const { ID: serverId } = record.server;
  record.streams.splice(record.streams.indexOf(stream), 1);
  for (const webhook of webhooks.ofServer(serverId)) if (webhook.stream === stream.ID) webhooks.remove(webhook);
  for (const { stream: of, email } of suppressions.ofServer(serverId)) if (of === stream.ID) suppressions.remove(serverId, of, email);
  world.touched();
}

export function registerPurges(postmark: Postmark): void {
  postmark.world.clock.on(agendaKind, (payload: Json) => purge(postmark, payload));
}
