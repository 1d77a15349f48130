/** Where a delivery goes right now, and by whose rules; null: nowhere any more, and it is dropped. */
import type { OutgoingHttpHeaders } from 'node:http';
import { inboundPayload } from '../inbound/inboundPayload.ts';
import type { Postmark } from '../postmark.ts';
import type { WebhookGeneration } from '../postmarkSettings.ts';
import type { Delivery } from './delivery.ts';
import type { Webhook } from './webhook.ts';

export type Destination = { url: string; headers: OutgoingHttpHeaders; body: string; timeoutMs: number; generation: WebhookGeneration };

const basic = (auth: Webhook['auth']): OutgoingHttpHeaders =>
  auth === null ? {} : { Authorization: `Basic ${Buffer.from(`${auth.Username}:${auth.Password}`).toString('base64')}` };

/** What may be told of where it goes: credentials, path and query may be the receiver's secret. */
export const originOf = (url: string): string => `POST ${new URL(url).origin}`;

/** Basic credentials, then whatever the owner of the webhook asked for. */
export const ownHeaders = (webhook: Webhook): OutgoingHttpHeaders => ({
  ...basic(webhook.auth),
  ...Object.fromEntries(webhook.headers.map(({ Name, Value }) => [Name, Value])),
});

/** User-Agent and the three ids are Postmark's; `own` may replace them. */
export const callHeaders = (
  ids: { traceId: string; eventId: string; retriesRemaining: number },
  own: OutgoingHttpHeaders,
): OutgoingHttpHeaders => ({
  'User-Agent': 'Postmark',
  'Content-Type': 'application/json',
  Accept: 'application/json',
  'Accept-Encoding': 'gzip, deflate',
  'X-PM-Retries-Remaining': String(ids.retriesRemaining),
  'X-PM-Webhook-Trace-Id': ids.traceId,
  'X-PM-Webhook-Event-Id': ids.eventId,
  ...own,
});

/** Of an unverified webhook, or an event of a kind that is paused, nothing is sent. */
function webhookDestination({ webhooks, settings }: Postmark, delivery: Delivery, webhookId: number): Destination | null {
  const webhook = webhooks.byId(delivery.serverId, webhookId);
  if (webhook === undefined || webhook.status !== 'verified') return null;
  if (webhook.paused.some((recordType) => recordType === delivery.recordType)) return null;
  return {
    url: webhook.url,
    headers: ownHeaders(webhook),
    body: delivery.body,
    timeoutMs: settings.webhookTimeoutMs.value,
    generation: settings.webhookRetries.value,
  };
}

/** Inbound calls still follow the oldest of the schedules. */
function inboundDestination({ servers, inbound, settings }: Postmark, delivery: Delivery): Destination | null {
  const server = servers.byId(delivery.serverId)?.server;
  const message = inbound.byId(delivery.serverId, delivery.inboundId ?? '');
  if (server === undefined || message === undefined || server.InboundHookUrl === '') return null;
  return {
    url: server.InboundHookUrl,
    headers: {},
    body: JSON.stringify(inboundPayload(message)),
    timeoutMs: settings.inboundTimeoutMs.value,
    generation: 'a',
  };
}

export const destinationOf = (postmark: Postmark, delivery: Delivery): Destination | null =>
  delivery.webhookId === null ? inboundDestination(postmark, delivery) : webhookDestination(postmark, delivery, delivery.webhookId);
