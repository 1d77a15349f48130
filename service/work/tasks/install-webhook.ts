/**
 * Installs the webhook with the server's own token. Idempotent by looking first: a webhook with our URL is taken over and its headers rewritten, so a
 * lost answer never makes two. And by looking afterwards: two tries that overtook each other both keep the older webhook, and delete the other.
 */
import type { Configuration } from '../../core/configuration/records.ts';
import type { ProviderWebhook } from '../../ports/ports.ts';
import type { EffectClaim } from '../../store/effects.ts';
import { webhookHeadersOf, webhookUrlOf } from '../webhookCredential.ts';
import type { WorkContext } from '../workContext.ts';
import { stepDelayed, stepFailed, stepFaulted, type TaskAnswer } from './task.ts';

export const installWebhook = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  if (c.serverToken === null || c.serverId === null)
    return stepFailed('installWebhook', 'no_server', 'the configuration has no server to install a webhook on');
  if (c.keyVersionId !== null && !ctx.keyring.has(c.keyVersionId))
    return stepDelayed(ctx, claim, 'installWebhook', 'no_key_version', `key version ${c.keyVersionId} of the server token is not loaded`);
  const serverToken = ctx.keyring.open(c.eId, 'server-token', c.serverToken);
  const routingToken = ctx.keyring.open(c.eId, 'routing-token', c.routingToken);
  const url = webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken);
  const headers = webhookHeadersOf(ctx.currentApiKey(), ctx.settings.webhookSigningKey, routingToken, c.serverId);
  try {
    const found = await keepOldest(ctx, serverToken, url);
    if (found !== null) {
      await ctx.ports.webhooks.updateWebhook(serverToken, found.webhookId, url, headers);
      return installed(found, true);
    }
    const made = await ctx.ports.webhooks.createWebhook(serverToken, url, headers);
    return installed((await keepOldest(ctx, serverToken, url)) ?? made, false);
  } catch (error) {
    return stepFaulted(ctx, claim, 'installWebhook', error);
  }
};

const installed = ({ webhookId }: ProviderWebhook, takenOver: boolean): TaskAnswer => ({
  kind: 'event',
  event: { type: 'WebhookInstalled', webhookId, takenOver },
});

/** The first of those with our URL, and no other any more: each would bring every event once more. Null when there is none. */
const keepOldest = async (ctx: WorkContext, serverToken: string, url: string): Promise<ProviderWebhook | null> => {
  const ours = (await ctx.ports.webhooks.listWebhooks(serverToken)).filter((webhook) => webhook.url === url);
  const [oldest, ...others] = ours.toSorted((a, b) => a.webhookId - b.webhookId);
  for (const { webhookId } of others) await ctx.ports.webhooks.deleteWebhook(serverToken, webhookId);
  return oldest ?? null;
};
