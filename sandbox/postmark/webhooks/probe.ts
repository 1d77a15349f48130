/** Webhook verification: one sample per enabled trigger is posted, and each must be answered with exactly 200. */
import type { Instant, Json } from '../../world/world.ts';
import { shownBounce } from '../bounces/bounce.ts';
import { bounceTypeNamed, hardBounce } from '../bounces/bounceTypes.ts';
import { readerOf } from '../messages/reader.ts';
import type { Postmark } from '../postmark.ts';
import { callHeaders, originOf, ownHeaders } from './destination.ts';
import { clickPayload, deliveryPayload, openPayload, type Payload, subscriptionChangePayload } from './payloads.ts';
import { createPoster } from './postJson.ts';
import { type RecordType, recordTypes, type Webhook } from './webhook.ts';

const recipient = 'john@example.com';
/** The id of Postmark's own samples: no message has it. */
const sampleMessageId = '00000000-0000-0000-0000-000000000000';

function sampleMessage(webhook: Webhook, at: Instant) {
  const address = { Email: recipient, Name: null };
  return {
    id: sampleMessageId,
    serverId: webhook.serverId,
    stream: webhook.stream,
    receivedAt: at,
    sandboxed: false,
    fromText: 'sender@example.com',
    from: { Email: 'sender@example.com', Name: null },
    toText: recipient,
    ccText: null,
    bccText: null,
    to: [address],
    cc: [],
    bcc: [],
    replyTo: null,
    subject: 'Test subject',
    tag: 'Test',
    htmlBody: null,
    textBody: 'Test',
    headers: [],
    trackOpens: false,
    trackLinks: 'None',
    metadata: {},
    attachments: [],
    inactive: [],
    status: 'Sent' as const,
    events: [],
  };
}

function sampleBounce(webhook: Webhook, at: Instant, typeName: string): Payload {
  const kind = bounceTypeNamed(typeName) ?? hardBounce;
  const bounce = {
    id: 42,
    serverId: webhook.serverId,
    stream: webhook.stream,
    messageId: sampleMessageId,
    type: kind.type,
    typeCode: kind.code,
    name: kind.name,
    description: kind.description,
    details: 'Test bounce details',
    email: recipient,
    from: 'sender@example.com',
    subject: 'Test subject',
    tag: 'Test',
    metadata: {},
    at,
    inactive: true,
    canActivate: kind.type !== 'SpamComplaint',
  };
  return shownBounce(bounce, at);
}

function samplePayload(webhook: Webhook, recordType: RecordType, at: Instant): Payload {
  const message = sampleMessage(webhook, at);
  const happened = { message, recipient, at };
  const { serverId, stream } = webhook;
  const read = { serverId, stream, messageId: message.id, recipient, tag: message.tag, at, reader: readerOf({}) };
  const samples: Record<RecordType, () => Payload> = {
    Open: () => openPayload({ kind: 'Open', ...read, readSeconds: 5 }, message.metadata, true),
    Click: () => clickPayload({ kind: 'Click', ...read, link: 'https://example.com/', location: 'HTML' }, message.metadata),
    Delivery: () => deliveryPayload(happened, 'Test delivery webhook details'),
    Bounce: () => sampleBounce(webhook, at, 'HardBounce'),
    SpamComplaint: () => sampleBounce(webhook, at, 'SpamComplaint'),
    SubscriptionChange: () => {
      return subscriptionChangePayload(
        { serverId, stream, email: recipient, reason: 'HardBounce', origin: 'Recipient', at },
        message,
        at,
        true,
      );
    },
  };
  return samples[recordType]();
}

export type Verification = {
  Id: number;
  Url: string;
  Success: boolean;
  Results: { TriggerType: string; Success: boolean; StatusCode: number | null; Message: string }[];
  Message: string;
};

/** Counted in the call log as `Verification`, apart from the events. Meets no fault: those are for events. */
export async function probeWebhook(postmark: Postmark, webhook: Webhook): Promise<Verification> {
  const { random, settings, world } = postmark;
  const at = world.clock.now();
  const poster = createPoster();
  const probes = recordTypes
    .filter((recordType) => webhook.triggers[recordType].Enabled)
    .map(async (recordType) => {
      const ended = world.calls.count('webhook', 'Verification', originOf(webhook.url));
      const headers = callHeaders({ traceId: random.uuid(), eventId: random.uuid(), retriesRemaining: 0 }, ownHeaders(webhook));
      const body = JSON.stringify(samplePayload(webhook, recordType, at));
      const { webhookTimeoutMs, webhookExpect } = settings;
      const posting = { url: webhook.url, headers, body, timeoutMs: webhookTimeoutMs.value, expects: webhookExpect.value };
      const outcome = await poster.post(posting);
      const StatusCode = outcome.kind === 'answered' ? outcome.status : null;
      ended({ status: StatusCode });
      const Message = StatusCode === 200 ? 'OK' : StatusCode === null ? 'No answer' : `Answered ${StatusCode} instead of 200`;
      return { TriggerType: recordType, Success: StatusCode === 200, StatusCode, Message };
    });
  const Results = await Promise.all(probes);
  poster.close();
  const passed = Results.filter(({ Success }) => Success).length;
  return {
    Id: webhook.id,
    Url: webhook.url,
    Success: passed === Results.length,
    Results,
    Message: `${passed}/${Results.length} triggers verified successfully`,
  };
}

export const shownVerification = (verification: Verification): { [field: string]: Json } => ({ ...verification });
