/** Installs the webhook with the server's own token. Idempotent as `installedWebhook` has it: it looks first, and afterwards. */
import type { Configuration } from '../../core/configuration/records.ts';
import type { EffectClaim } from '../../store/effects.ts';
import { installOrTakeOver } from '../installedWebhook.ts';
import { openServerToken } from '../serverToken.ts';
import { webhookUrlOf } from '../webhookCredential.ts';
import type { WorkContext } from '../workContext.ts';
import { stepDelayed, stepFailed, stepFaulted, type TaskAnswer } from './task.ts';

export const installWebhook = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  const opened = openServerToken(ctx.keyring, c);
  if ((opened.kind === 'closed' && opened.code === 'no_server_token') || c.serverId === null)
    return stepFailed('installWebhook', 'no_server', 'the configuration has no server to install a webhook on');
  if (opened.kind === 'closed') {
    ctx.keyMissed();
    return stepDelayed(ctx, claim, 'installWebhook', 'no_key_version', opened.why);
  }
  const routingToken = ctx.keyring.open(c.eId, 'routing-token', c.routingToken);
  const url = webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken);
  const place = { serverToken: opened.token, serverId: c.serverId, routingToken, url };
  try {
    const { webhookId, takenOver } = await installOrTakeOver({ ...ctx, webhooks: ctx.ports.webhooks }, c, place);
    return { kind: 'event', event: { type: 'WebhookInstalled', webhookId, takenOver } };
  } catch (error) {
    return stepFaulted(ctx, claim, 'installWebhook', error);
  }
};
