/**
 * A server's webhook with our URL and today's headers. Idempotent by looking first: a webhook with our URL is taken over and its headers rewritten, so a
 * lost answer never makes two. And by looking afterwards: two tries that overtook each other both keep the older webhook, and delete the other.
 */
import type { Configuration } from '../core/configuration/records.ts';
import { PortFault } from '../core/portFault.ts';
import type { ProviderWebhook, WebhookDirectory, WebhookHeaders } from '../ports/ports.ts';
import { noteCredential, unknownCredential } from '../store/webhookCredentials.ts';
import { credentialFingerprintOf, credentialToWrite, type WebhookCredential, webhookHeadersOf } from './webhookCredential.ts';
import type { WorkContext } from './workContext.ts';

/** Where a webhook is and what it is reached with; plain secrets, for the length of a call. */
export type WebhookPlace = { serverToken: string; serverId: number; routingToken: string; url: string };

export type Installed = { webhookId: number; takenOver: boolean };

/** Keys that change more often than a call takes are somebody's mistake, and the next rotation finds what is left. */
const writesMax = 3;

type Ctx = Pick<WorkContext, 'db' | 'now' | 'credentials'> & { webhooks: WebhookDirectory };

/**
 * Writes what every live process accepts, and once more when that has changed meanwhile, so that no call that was begun with an old key ends after the
 * rotation that replaced it. Which key it has is forgotten before, and noted after Postmark has answered.
 */
export const installOrTakeOver = async (ctx: Ctx, c: Configuration, place: WebhookPlace): Promise<Installed> => {
  await note(ctx, c, unknownCredential);
  let written = await credentialToWrite(ctx);
  let installed = await install(ctx.webhooks, place, headersAt(place, written));
  for (let writes = 1; writes < writesMax; writes += 1) {
    const now = await credentialToWrite(ctx);
    if (credentialFingerprintOf(now) === credentialFingerprintOf(written)) break;
    written = now;
    installed = { ...(await install(ctx.webhooks, place, headersAt(place, written))), takenOver: installed.takenOver };
  }
  await note(ctx, c, credentialFingerprintOf(written));
  return installed;
};

const note = (ctx: Ctx, { tenantId, eId }: Configuration, fingerprint: string): Promise<void> =>
  noteCredential(ctx.db, { tenantId, eId, fingerprint, at: ctx.now() });

export const headersAt = ({ routingToken, serverId }: WebhookPlace, credential: WebhookCredential): WebhookHeaders =>
  webhookHeadersOf(credential, routingToken, serverId);

const install = async (webhooks: WebhookDirectory, { serverToken, url }: WebhookPlace, headers: WebhookHeaders): Promise<Installed> => {
  const found = await keepOldest(webhooks, serverToken, url);
  if (found !== null) {
    await webhooks.updateWebhook(serverToken, found.webhookId, url, headers);
    return { webhookId: found.webhookId, takenOver: true };
  }
  const made = await webhooks.createWebhook(serverToken, url, headers);
  return { webhookId: ((await keepOldest(webhooks, serverToken, url)) ?? made).webhookId, takenOver: false };
};

/** The first of those with our URL, and no other any more: each would bring every event once more. Null when there is none. */
const keepOldest = async (webhooks: WebhookDirectory, serverToken: string, url: string): Promise<ProviderWebhook | null> => {
  const ours = (await webhooks.listWebhooks(serverToken)).filter((webhook) => webhook.url === url);
  const [oldest, ...others] = ours.toSorted((a, b) => a.webhookId - b.webhookId);
  for (const { webhookId } of others) await webhooks.deleteWebhook(serverToken, webhookId);
  return oldest ?? null;
};

/** Postmark, 1352: "The webhook for the provided 'ID' was not found." */
export const isWebhookGone = (error: unknown): boolean =>
  error instanceof PortFault && (error.detail.httpStatus === 404 || error.refusedWith(1352));
