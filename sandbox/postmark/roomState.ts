/** The whole account as data: what `GET /state` shows of it, and what a restart needs. */
import { z } from 'zod';
import type { Json } from '../world/world.ts';
import type { SavedBounces } from './bounces/bounceStore.ts';
import { type BulkRequest, shownBulk } from './bulk/bulkRequest.ts';
import type { SavedDataRemovals } from './dataRemovals/dataRemovalStore.ts';
import { shownDomain } from './domains/domain.ts';
import { domainView } from './domains/domainRoutes.ts';
import type { SavedDomains } from './domains/domainStore.ts';
import type { InboundMessage } from './inbound/inboundMessage.ts';
import type { SavedInboundRules } from './inbound/inboundRuleStore.ts';
import type { Message } from './messages/message.ts';
import type { Reading } from './messages/reading.ts';
import type { Postmark } from './postmark.ts';
import { accountTokens } from './rim/accountTokens.ts';
import { shownAddress } from './senders/sender.ts';
import type { SavedSenders } from './senders/senderStore.ts';
import type { SavedServers } from './servers/serverStore.ts';
import type { StatRow } from './stats/statStore.ts';
import { shownSuppression } from './suppressions/suppressionRoutes.ts';
import type { Suppression } from './suppressions/suppressionStore.ts';
import { listedTemplate } from './templates/template.ts';
import type { SavedTemplates } from './templates/templateStore.ts';
import { plainWebhook } from './webhooks/webhook.ts';
import type { SavedCalls } from './webhooks/webhookCalls.ts';
import type { SavedWebhooks } from './webhooks/webhookStore.ts';

const has = (value: unknown, ...names: string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => name in value);

/** Each part's outline: what was written by another version is refused whole, rather than found broken later. */
const snapshotSchema = z.object({
  servers: z.custom<SavedServers>((value) => has(value, 'nextId', 'records')),
  domains: z.custom<SavedDomains>((value) => has(value, 'nextId', 'domains')),
  webhookCalls: z.array(z.custom<SavedCalls[number]>((value) => has(value, 'webhookId', 'trigger', 'minute'))).default([]),
  inbound: z.array(z.custom<InboundMessage>((value) => has(value, 'id', 'serverId', 'status'))).default([]),
  inboundRules: z.custom<SavedInboundRules>((value) => has(value, 'nextId', 'rules')).optional(),
  readings: z.array(z.custom<Reading>((value) => has(value, 'kind', 'serverId', 'at'))).default([]),
  stats: z.array(z.custom<StatRow>((value) => has(value, 'serverId', 'day', 'counts'))).default([]),
  senders: z.custom<SavedSenders>((value) => has(value, 'nextId', 'senders')).optional(),
  dataRemovals: z.custom<SavedDataRemovals>((value) => has(value, 'nextId', 'dataRemovals')).optional(),
  templates: z.custom<SavedTemplates>((value) => has(value, 'nextId', 'templates')).optional(),
  bulk: z.array(z.custom<BulkRequest>((value) => has(value, 'id', 'serverId', 'status', 'work'))).default([]),
  messages: z.array(z.custom<Message>((value) => has(value, 'id', 'serverId', 'receivedAt', 'events'))),
  suppressions: z.array(z.custom<Suppression>((value) => has(value, 'serverId', 'stream', 'email', 'reason'))),
  bounces: z.custom<SavedBounces>((value) => has(value, 'nextId', 'bounces')),
  webhooks: z.custom<SavedWebhooks>((value) => has(value, 'nextId', 'webhooks', 'held')),
});

export function showAccount(postmark: Postmark): Json {
  const view = domainView(postmark);
  return {
    accountTokens: accountTokens(postmark),
    servers: postmark.servers.all().map(({ server, streams }) => ({
      ID: server.ID,
      Name: server.Name,
      ApiTokens: [...server.ApiTokens],
      DeliveryType: server.DeliveryType,
      streams: streams.map(({ ID, MessageStreamType, ArchivedAt }) => ({ ID, MessageStreamType, ArchivedAt })),
      templates: postmark.templates.ofServer(server.ID).map(listedTemplate),
      bulkRequests: postmark.bulk.ofServer(server.ID).map((bulk) => shownBulk(postmark, bulk)),
      webhooks: postmark.webhooks.ofServer(server.ID).map(plainWebhook),
      suppressions: postmark.suppressions
        .ofServer(server.ID)
        .map((suppression) => ({ ...shownSuppression(suppression), MessageStream: suppression.stream })),
    })),
    domains: postmark.domains.all().map((domain) => shownDomain(domain, view)),
    senders: postmark.senders.all().map(shownAddress),
    dataRemovals: postmark.dataRemovals
      .all()
      .map(({ id, requestedFor, status }) => ({ ID: id, RequestedFor: requestedFor, Status: status })),
  };
}

export function saveAccount(postmark: Postmark): Json {
  return {
    servers: postmark.servers.save(),
    domains: postmark.domains.save(),
    senders: postmark.senders.save(),
    dataRemovals: postmark.dataRemovals.save(),
    templates: postmark.templates.save(),
    bulk: postmark.bulk.save(),
    messages: postmark.messages.save(),
    webhookCalls: postmark.webhookCalls.save(),
    inbound: postmark.inbound.save(),
    inboundRules: postmark.inboundRules.save(),
    readings: postmark.readings.save(),
    stats: postmark.stats.save(),
    suppressions: postmark.suppressions.save(),
    bounces: postmark.bounces.save(),
    webhooks: postmark.webhooks.save(),
  } satisfies z.infer<typeof snapshotSchema>;
}

/** A snapshot of before there was such a part. */
function restoreOr<T>(store: { restore(saved: T): void; reset(): void }, saved: T | undefined): void {
  if (saved === undefined) store.reset();
  else store.restore(saved);
}

/** Throws when `snapshot` is none, before anything has changed. */
export function restoreAccount(postmark: Postmark, snapshot: Json): void {
  const saved = snapshotSchema.parse(snapshot);
  postmark.servers.restore(saved.servers);
  postmark.domains.restore(saved.domains);
  restoreOr(postmark.senders, saved.senders);
  restoreOr(postmark.dataRemovals, saved.dataRemovals);
  restoreOr(postmark.templates, saved.templates);
  postmark.bulk.restore(saved.bulk);
  postmark.messages.restore(saved.messages);
  postmark.webhookCalls.restore(saved.webhookCalls);
  postmark.inbound.restore(saved.inbound);
  restoreOr(postmark.inboundRules, saved.inboundRules);
  postmark.readings.restore(saved.readings);
  postmark.stats.restore(saved.stats);
  postmark.suppressions.restore(saved.suppressions);
  postmark.bounces.restore(saved.bounces);
  postmark.webhooks.restore(saved.webhooks);
}
