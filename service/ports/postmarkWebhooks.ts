/**
 * Postmark's Webhooks API, with the token of one server. The headers we set are secrets, and so is the URL (it ends in the routing token), and
 * Postmark repeats both in its answers and errors: they are cut from every fault.
 * Creating has no idempotency key: the caller looks for its URL first and takes over what it finds.
 */
import { Models } from 'postmark';
import { z } from 'zod';
import type { PortFault } from '../core/portFault.ts';
import type { ProviderWebhook, WebhookDirectory, WebhookHeaders } from './ports.ts';
import type { PostmarkClient } from './postmarkClient.ts';
import { absentWhenGone } from './postmarkFault.ts';

/** Everything that feeds back is on, without message content: we keep none. */
const triggers = {
  Open: { Enabled: true, PostFirstOpenOnly: false },
  Click: { Enabled: true },
  Delivery: { Enabled: true },
  Bounce: { Enabled: true, IncludeContent: false },
  SpamComplaint: { Enabled: true, IncludeContent: false },
  SubscriptionChange: { Enabled: true },
};

const wireWebhook = z
  .object({
    ID: z.int().positive(),
    Url: z.string().min(1),
    HttpHeaders: z.array(z.object({ Name: z.string(), Value: z.string() })).nullish(),
    Triggers: z.record(z.string(), z.object({ Enabled: z.boolean() })),
    // Absent from accounts that verify no webhooks.
    Status: z.string().nullish(),
  })
  .transform(
    (webhook): ProviderWebhook => ({
      webhookId: webhook.ID,
      url: webhook.Url,
      headers: Object.fromEntries((webhook.HttpHeaders ?? []).map((header) => [header.Name.toLowerCase(), header.Value])),
      triggersOff: Object.keys(triggers).filter((event) => webhook.Triggers[event]?.Enabled !== true),
      verified: webhook.Status !== 'unverified',
    }),
  );
const wireWebhooks = z.object({ Webhooks: z.array(wireWebhook) });
const wireDone = z.object({ ErrorCode: z.literal(0) });

/** 1352: "The webhook for the provided 'ID' was not found." */
const webhookGone = (fault: PortFault): boolean => fault.detail.httpStatus === 404 || fault.refusedWith(1352);

export function postmarkWebhooks(client: PostmarkClient): WebhookDirectory {
  return {
    async listWebhooks(serverToken) {
      const operation = 'GET /webhooks';
      const { Webhooks } = await client.server(serverToken, { operation, answer: wireWebhooks, run: (server) => server.getWebhooks() });
      return Webhooks;
    },

    createWebhook: (serverToken, url, headers) =>
      client.server(serverToken, {
        operation: 'POST /webhooks',
        answer: wireWebhook,
        secrets: secretsOf(url, headers),
        run: (server) => server.createWebhook(new Models.CreateWebhookRequest(url, triggers, undefined, wireHeaders(headers), 'outbound')),
      }),

    // The message stream of a webhook cannot be changed (1357), so it is not named here.
    updateWebhook: (serverToken, webhookId, url, headers) =>
      client.server(serverToken, {
        operation: 'PUT /webhooks/{id}',
        answer: wireWebhook,
        secrets: secretsOf(url, headers),
        run: (server) => server.editWebhook(webhookId, new Models.UpdateWebhookRequest(url, triggers, undefined, wireHeaders(headers))),
      }),

    deleteWebhook: (serverToken, webhookId) =>
      absentWhenGone(webhookGone, () =>
        client.server(serverToken, {
          operation: 'DELETE /webhooks/{id}',
          answer: wireDone,
          run: (server) => server.deleteWebhook(webhookId),
        }),
      ),
  };
}

const wireHeaders = (headers: WebhookHeaders): { Name: string; Value: string }[] => [
  { Name: 'Authorization', Value: headers.authorization },
  { Name: 'X-Postroute-Signature', Value: headers.signature },
];

const secretsOf = (url: string, headers: WebhookHeaders): string[] => [
  url,
  url.split('/').at(-1) ?? '',
  headers.authorization,
  headers.signature,
];
