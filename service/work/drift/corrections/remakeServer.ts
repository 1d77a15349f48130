/**
 * Makes another server under the name of one that is gone, with a webhook, and puts it in its place: the domain is the account's and still verified, so the
 * configuration sends again at once.
 *
 * A name that exists already is adopted only when a process that died had begun this: then it is most likely its own work, and no row may name it.
 */
import { sendingDomainOf, serverNameOf } from '../../../core/configuration/names.ts';
import type { Configuration } from '../../../core/configuration/records.ts';
import { PortFault } from '../../../core/portFault.ts';
import type { ProviderServer } from '../../../ports/ports.ts';
import { ownerOfServer } from '../../../store/configurations.ts';
import type { WaitingCorrection } from '../../../store/driftPlans.ts';
import { apply } from '../../apply.ts';
import { installOrTakeOver } from '../../installedWebhook.ts';
import { webhookUrlOf } from '../../webhookCredential.ts';
import type { WorkContext } from '../../workContext.ts';
import { type Correct, callerOf, failed, told } from './correction.ts';

/** Postmark: "This server name already exists." */
const nameExists = 603;

export const remakeServer: Correct = async (ctx, correction, c) => {
  if (c.serverId === null) return failed('the configuration has no server any more');
  const keyVersionId = ctx.keyring.status().currentKeyVersionId;
  if (keyVersionId === null) return failed('no key version is loaded to seal the server token with');
  const routingToken = ctx.keyring.open(c.eId, 'routing-token', c.routingToken);
  const server = await made(ctx, correction, c);
  const [token] = server?.tokens ?? [];
  if (server === null || token === undefined) return failed('a server of this name stands at Postmark, and is not ours');
  const { serverId } = server;
  const place = { serverToken: token, serverId, routingToken, url: webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken) };
  const { webhookId } = await installOrTakeOver({ ...ctx, webhooks: ctx.ports.webhooks }, c, place);
  const event = {
    type: 'ServerRemade',
    planId: correction.planId,
    serverId,
    serverName: server.name,
    serverToken: ctx.keyring.seal(c.eId, 'server-token', token),
    keyVersionId,
    webhookId,
    serverIdBefore: c.serverId,
  } as const;
  return told(await apply(ctx, { tenantId: c.tenantId, eId: c.eId, event, caller: callerOf(correction) }));
};

const made = async (ctx: WorkContext, { begunBefore }: WaitingCorrection, c: Configuration): Promise<ProviderServer | null> => {
  const name = serverNameOf(sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName));
  try {
    return await ctx.ports.servers.createServer(name);
  } catch (error) {
    if (!(error instanceof PortFault) || !error.refusedWith(nameExists) || !begunBefore) {
      if (error instanceof PortFault && error.refusedWith(nameExists)) return null;
      throw error;
    }
  }
  const found = await ctx.ports.servers.findServerByName(name);
  return found === null || (await ownerOfServer(ctx.db, found.serverId, c.eId)) !== null ? null : found;
};
