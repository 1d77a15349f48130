/** Gives back what a configuration holds at Postmark. Absent is as good as deleted; another configuration's things are never touched. */
import { retiredServerNameOf, retiredServerPrefixOf, sendingDomainOf, serverNameOf } from '../core/configuration/names.ts';
import type { Configuration } from '../core/configuration/records.ts';
import { PortFault } from '../core/portFault.ts';
import { ownerOfDomain, ownerOfServer } from '../store/configurations.ts';
import { type EffectClaim, hasUnlearnedIntent, keepClaim } from '../store/effects.ts';
import type { WorkContext } from './workContext.ts';

/** Postmark: "no permission to delete through the API", the default of an account. */
const mayNotDelete = 604;
/** Postmark: the server's token is not valid (any more): the server is gone, or its token was withdrawn. */
const badToken = 10;

const domainOf = (ctx: WorkContext, c: Configuration): string => sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName);

export const releaseWebhooks = async (ctx: WorkContext, c: Configuration): Promise<void> => {
  if (c.serverToken === null) return;
  await deleteAllWebhooks(ctx, ctx.keyring.open(c.eId, 'server-token', c.serverToken));
};

/** Every webhook of a server that is ours alone is ours, also one whose creation was never answered. */
const deleteAllWebhooks = async (ctx: WorkContext, serverToken: string): Promise<void> => {
  try {
    for (const { webhookId } of await ctx.ports.webhooks.listWebhooks(serverToken))
      await ctx.ports.webhooks.deleteWebhook(serverToken, webhookId);
  } catch (error) {
    if (!(error instanceof PortFault) || !error.refusedWith(badToken)) throw error;
  }
};

export const releaseDomain = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<void> => {
  if (c.domainId !== null) {
    await ctx.ports.domains.deleteDomain(c.domainId);
    return;
  }
  if (!(await hasUnlearnedIntent(ctx.db, c.tenantId, c.eId, 'create-domain'))) return;
  const found = await ctx.ports.domains.findDomainByName(domainOf(ctx, c));
  if (found === null || (await ownerOfDomain(ctx.db, found.domainId, c.eId)) !== null) return;
  if (await isStillOurs(ctx, claim)) await ctx.ports.domains.deleteDomain(found.domainId);
};

/** A name may have passed to its next owner while we stood still; who took this work over has released what was ours under it. */
const isStillOurs = async (ctx: WorkContext, claim: EffectClaim): Promise<boolean> => (await keepClaim(ctx.db, claim)).kind === 'done';

/** Answers the id of a server that had to be retired, since the account may not delete it. */
export const releaseServer = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<number | null> => {
  const server = await serverToRelease(ctx, claim, c);
  if (server === null) return null;
  try {
    await ctx.ports.servers.deleteServer(server.serverId);
    return null;
  } catch (error) {
    if (!(error instanceof PortFault) || !error.refusedWith(mayNotDelete)) throw error;
    return retire(ctx, server);
  }
};

type Held = { serverId: number; name: string; tokens: readonly string[] };

const serverToRelease = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<Held | null> => {
  const name = serverNameOf(domainOf(ctx, c));
  // Its webhooks were released with its stored token already.
  if (c.serverId !== null) return { serverId: c.serverId, name: c.serverName ?? name, tokens: [] };
  if (!(await hasUnlearnedIntent(ctx.db, c.tenantId, c.eId, 'create-server'))) return null;
  const found = (await ctx.ports.servers.findServerByName(name)) ?? (await findRetired(ctx, c, name));
  if (found === null || (await ownerOfServer(ctx.db, found.serverId, c.eId)) !== null) return null;
  return (await isStillOurs(ctx, claim)) ? found : null;
};

/** One that an earlier try renamed, and did not come to tell: no row names it yet. */
const findRetired = async (ctx: WorkContext, c: Configuration, name: string): Promise<Held | null> => {
  for (const server of await ctx.ports.servers.findServersByPrefix(retiredServerPrefixOf(name))) {
    const { serverId } = server;
    if (server.name !== retiredServerNameOf(name, serverId) || c.retiredServerIds.includes(serverId)) continue;
    if ((await ownerOfServer(ctx.db, serverId, c.eId)) === null) return { ...server, name };
  }
  return null;
};

/** The name is free for its slug's next owner, and nothing calls us any more. Its token stays valid at Postmark: no API withdraws one. */
const retire = async (ctx: WorkContext, server: Held): Promise<number> => {
  for (const token of server.tokens) await deleteAllWebhooks(ctx, token);
  await ctx.ports.servers.renameServer(server.serverId, retiredServerNameOf(server.name, server.serverId));
  return server.serverId;
};
