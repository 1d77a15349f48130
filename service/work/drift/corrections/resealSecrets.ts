/**
 * Seals a configuration's secrets anew when the key version they are sealed under is gone: Postmark shows the server's token to the account, and the routing
 * token is in the webhook's URL. Of these only what fits the hash that the row keeps is believed.
 */
import { createHash } from 'node:crypto';
import type { Configuration } from '../../../core/configuration/records.ts';
import { MaterialFault } from '../../../core/material/materialFault.ts';
import { apply } from '../../apply.ts';
import type { WorkContext } from '../../workContext.ts';
import { type Correct, callerOf, failed, told } from './correction.ts';

export const resealSecrets: Correct = async (ctx, correction, c) => {
  const keyVersionId = ctx.keyring.status().currentKeyVersionId;
  if (keyVersionId === null) return failed('no key version is loaded to seal with');
  const server = c.serverId === null ? null : await ctx.ports.inventory.findServer(c.serverId);
  const [shown] = server?.tokens ?? [];
  if (shown === undefined) return failed('its server is gone, or shows no token');
  const token = (c.serverToken === null ? null : openable(ctx, c, 'server-token', c.serverToken)) ?? shown;
  const routingToken = openable(ctx, c, 'routing-token', c.routingToken) ?? (await fromWebhook(ctx, c, token));
  if (routingToken === null) return failed('no webhook of the server has the routing token: put the key version back into the registry');
  const event = {
    type: 'SecretsResealed',
    keyVersionId,
    serverToken: ctx.keyring.seal(c.eId, 'server-token', token),
    routingToken: ctx.keyring.seal(c.eId, 'routing-token', routingToken),
    serverTokenBefore: c.serverToken,
    routingTokenBefore: c.routingToken,
  } as const;
  return told(await apply(ctx, { tenantId: c.tenantId, eId: c.eId, event, caller: callerOf(correction) }));
};

const openable = (
  { keyring }: WorkContext,
  { eId }: Configuration,
  purpose: 'server-token' | 'routing-token',
  sealed: string,
): string | null => {
  try {
    return keyring.open(eId, purpose, sealed);
  } catch (error) {
    if (error instanceof MaterialFault) return null;
    throw error;
  }
};

const fromWebhook = async (ctx: WorkContext, { routingTokenHash }: Configuration, serverToken: string): Promise<string | null> => {
  const ends = (await ctx.ports.webhooks.listWebhooks(serverToken)).map(({ url }) => url.split('/').at(-1) ?? '');
  return ends.find((end) => createHash('sha256').update(end).digest('hex') === routingTokenHash) ?? null;
};
