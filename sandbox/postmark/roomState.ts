/** The whole account as data: what `GET /state` shows of it, and what a restart needs. */
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

export type PostmarkSnapshot = {
  servers: SavedServers;
  domains: SavedDomains;
  messages: Message[];
  suppressions: Suppression[];
  bounces: SavedBounces;
  webhooks: SavedWebhooks;
};

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
  const snapshot: PostmarkSnapshot = {
    servers: postmark.servers.save(),
    domains: postmark.domains.save(),
    messages: postmark.messages.save(),
    suppressions: postmark.suppressions.save(),
    bounces: postmark.bounces.save(),
    webhooks: postmark.webhooks.save(),
  };
  return snapshot;
}

export function restoreAccount(postmark: Postmark, saved: PostmarkSnapshot): void {
  postmark.servers.restore(saved.servers);
  postmark.domains.restore(saved.domains);
  postmark.messages.restore(saved.messages);
  postmark.suppressions.restore(saved.suppressions);
  postmark.bounces.restore(saved.bounces);
  postmark.webhooks.restore(saved.webhooks);
}
