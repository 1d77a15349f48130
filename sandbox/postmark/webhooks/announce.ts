/** One occurrence becomes one delivery for each webhook of the stream that listens to it. */
import { bounceDump } from '../bounces/bounce.ts';
import type { Postmark } from '../postmark.ts';
import { type Delivery, scheduleDelivery } from './delivery.ts';
import type { Payload } from './payloads.ts';
import type { RecordType, Webhook } from './webhook.ts';

export type Announcement = {
  serverId: number;
  stream: string;
  recordType: RecordType;
  payload: Payload;
  /** Of a bounce or complaint, so that its content can be added for those who asked for it. */
  bounceId?: number;
  /** Of an open. */
  firstOpen?: boolean;
};

/** Whether the webhook is verified is asked at each try: it may change in between. */
function listens(webhook: Webhook, announcement: Announcement): boolean {
  if (webhook.stream !== announcement.stream) return false;
  if (!webhook.triggers[announcement.recordType].Enabled) return false;
  return announcement.recordType !== 'Open' || announcement.firstOpen === true || !webhook.triggers.Open.PostFirstOpenOnly;
}

function contentFor(postmark: Postmark, webhook: Webhook, announcement: Announcement): Payload {
  const { recordType, bounceId, serverId } = announcement;
  if (bounceId === undefined || (recordType !== 'Bounce' && recordType !== 'SpamComplaint')) return {};
  const bounce = webhook.triggers[recordType].IncludeContent ? postmark.bounces.byId(serverId, bounceId) : undefined;
  return bounce === undefined ? {} : { Content: bounceDump(bounce, postmark.world.clock.now()) };
}

export function announce(postmark: Postmark, announcement: Announcement): void {
  const listening = postmark.webhooks.ofServer(announcement.serverId).filter((webhook) => listens(webhook, announcement));
  if (listening.length === 0) return;
  const eventId = postmark.random.uuid();
  for (const webhook of listening) {
    const delivery: Delivery = {
      serverId: announcement.serverId,
      webhookId: webhook.id,
      recordType: announcement.recordType,
      body: JSON.stringify({ ...announcement.payload, ...contentFor(postmark, webhook, announcement) }),
      traceId: postmark.random.uuid(),
      eventId,
      attempt: 0,
      reordered: false,
    };
    scheduleDelivery(postmark, delivery, postmark.world.clock.now());
  }
}
