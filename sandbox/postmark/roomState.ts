/** The whole account as data: what `GET /state` shows of it, and what a restart needs. */
import { z } from 'zod';
import type { Json } from '../world/world.ts';
import type { SavedBounces } from './bounces/bounceStore.ts';
import { shownDomain } from './domains/domain.ts';
import { domainView } from './domains/domainRoutes.ts';
import type { SavedDomains } from './domains/domainStore.ts';
import type { Message } from './messages/message.ts';
import type { Postmark } from './postmark.ts';
import type { SavedServers } from './servers/serverStore.ts';
import { shownSuppression } from './suppressions/suppressionRoutes.ts';
import type { Suppression } from './suppressions/suppressionStore.ts';
import { plainWebhook } from './webhooks/webhook.ts';
import type { SavedWebhooks } from './webhooks/webhookStore.ts';

const has = (value: unknown, ...names: string[]): boolean =>
  typeof value === 'object' && value !== null && names.every((name) => name in value);

/** Each part's outline: what was written by another version is refused whole, rather than found broken later. */
const snapshotSchema = z.object({
  servers: z.custom<SavedServers>((value) => has(value, 'nextId', 'records')),
  domains: z.custom<SavedDomains>((value) => has(value, 'nextId', 'domains')),
  messages: z.array(z.custom<Message>((value) => has(value, 'id', 'serverId', 'receivedAt', 'events'))),
  suppressions: z.array(z.custom<Suppression>((value) => has(value, 'serverId', 'stream', 'email', 'reason'))),
  bounces: z.custom<SavedBounces>((value) => has(value, 'nextId', 'bounces')),
  webhooks: z.custom<SavedWebhooks>((value) => has(value, 'nextId', 'webhooks', 'held')),
});

export function showAccount(postmark: Postmark): Json {
  const view = domainView(postmark);
  return {
    accountTokens: [postmark.accountToken],
    servers: postmark.servers.all().map(({ server }) => ({
      ID: server.ID,
      Name: server.Name,
      ApiTokens: [...server.ApiTokens],
      DeliveryType: server.DeliveryType,
      webhooks: postmark.webhooks.ofServer(server.ID).map(plainWebhook),
      suppressions: postmark.suppressions
        .ofServer(server.ID)
        .map((suppression) => ({ ...shownSuppression(suppression), MessageStream: suppression.stream })),
    })),
    domains: postmark.domains.all().map((domain) => shownDomain(domain, view)),
  };
}

export function saveAccount(postmark: Postmark): Json {
  const snapshot: z.infer<typeof snapshotSchema> = {
    servers: postmark.servers.save(),
    domains: postmark.domains.save(),
    messages: postmark.messages.save(),
    suppressions: postmark.suppressions.save(),
    bounces: postmark.bounces.save(),
    webhooks: postmark.webhooks.save(),
  };
  return snapshot;
}

/** Throws when `snapshot` is none, before anything has changed. */
export function restoreAccount(postmark: Postmark, snapshot: Json): void {
  const saved = snapshotSchema.parse(snapshot);
  postmark.servers.restore(saved.servers);
  postmark.domains.restore(saved.domains);
  postmark.messages.restore(saved.messages);
  postmark.suppressions.restore(saved.suppressions);
  postmark.bounces.restore(saved.bounces);
  postmark.webhooks.restore(saved.webhooks);
}
