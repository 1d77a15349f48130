/**
 * Installs the webhook with the server's own token. Idempotent by looking first: a webhook with our URL is taken over and its headers rewritten, so a
 * lost answer never makes two.
 */
import type { Configuration } from '../../core/configuration/records.ts';
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
    const ours = (await ctx.ports.webhooks.listWebhooks(serverToken)).find((webhook) => webhook.url === url);
    const webhook =
      ours === undefined
        ? await ctx.ports.webhooks.createWebhook(serverToken, url, headers)
        : await ctx.ports.webhooks.updateWebhook(serverToken, ours.webhookId, url, headers);
    return { kind: 'event', event: { type: 'WebhookInstalled', webhookId: webhook.webhookId, takenOver: ours !== undefined } };
  } catch (error) {
    return stepFaulted(ctx, claim, 'installWebhook', error);
  }
};
