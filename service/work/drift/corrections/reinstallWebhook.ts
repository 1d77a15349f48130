/** Our webhook as it should be, and none that leads elsewhere. */
import { apply } from '../../apply.ts';
import { installOrTakeOver } from '../../installedWebhook.ts';
import { openServerToken } from '../../serverToken.ts';
import { webhookUrlOf } from '../../webhookCredential.ts';
import { type Correct, callerOf, done, failed, told } from './correction.ts';

export const reinstallWebhook: Correct = async (ctx, correction, c) => {
  const opened = openServerToken(ctx.keyring, c);
  if (opened.kind === 'closed' || c.serverId === null) return failed(opened.kind === 'closed' ? opened.why : 'it has no server');
  const routingToken = ctx.keyring.open(c.eId, 'routing-token', c.routingToken);
  const url = webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken);
  const { webhooks } = ctx.ports;
  for (const { webhookId } of (await webhooks.listWebhooks(opened.token)).filter((each) => each.url !== url))
    await webhooks.deleteWebhook(opened.token, webhookId);
  const place = { serverToken: opened.token, serverId: c.serverId, routingToken, url };
  const { webhookId } = await installOrTakeOver({ ...ctx, webhooks }, c, place);
  if (webhookId === c.webhookId || c.webhookId === null) return done;
  const event = { type: 'WebhookReplaced', webhookId, webhookIdBefore: c.webhookId } as const;
  return told(await apply(ctx, { tenantId: c.tenantId, eId: c.eId, event, caller: callerOf(correction) }));
};
