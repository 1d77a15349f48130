/**
 * Makes the configuration's Postmark server and keeps its token sealed.
 *
 * Idempotent by intent: the row says that we called before the call is made. A name that exists (603) is then our own work of a try whose answer was
 * lost, and is adopted, unless another configuration owns that server. On a first try it is somebody else's: an orphan, and an operator's decision.
 */
import { sendingDomainOf, serverNameOf } from '../../core/configuration/names.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import { PortFault } from '../../core/portFault.ts';
import type { ProviderServer } from '../../ports/ports.ts';
import { ownerOfServer } from '../../store/configurations.ts';
import { clearIntent, type EffectClaim, recordIntent } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import { stepDelayed, stepFailed, stepFaulted, type TaskAnswer } from './task.ts';

const nameExists = 603;

export const createServer = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  const name = serverNameOf(sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName));
  const calledBefore = claim.intentAt !== null;
  const intent = await recordIntent(ctx.db, claim, ctx.now());
  if (intent.kind === 'lost') return { kind: 'nothing', why: 'taken over' };
  try {
    return created(ctx, claim, c, await ctx.ports.servers.createServer(name), false);
  } catch (error) {
    if (error instanceof PortFault && error.refusedWith(nameExists)) return takeOver(ctx, claim, c, name, calledBefore);
    // Provably not done: a crash from here on must not make the next try believe that it was.
    if (error instanceof PortFault && error.class !== 'unknown' && !calledBefore) await clearIntent(ctx.db, claim);
    return stepFaulted(ctx, claim, 'createServer', error);
  }
};

const takeOver = async (
  ctx: WorkContext,
  claim: EffectClaim,
  c: Configuration,
  name: string,
  calledBefore: boolean,
): Promise<TaskAnswer> => {
  const orphan = async (why: string): Promise<TaskAnswer> => {
    await clearIntent(ctx.db, claim);
    return stepFailed('createServer', 'postmark_orphan_server', `a Postmark server named ${name} exists already ${why}`);
  };
  if (!calledBefore && !c.adoptRequested) return orphan('and is not ours; look at it, then re-provision, with adopt: true to take it over');
  try {
    const server = await ctx.ports.servers.findServerByName(name);
    if (server === null)
      return stepDelayed(ctx, claim, 'createServer', `postmark_${nameExists}`, `Postmark says that ${name} exists, and does not list it`);
    const owner = await ownerOfServer(ctx.db, server.serverId, c.eId);
    return owner === null ? created(ctx, claim, c, server, true) : orphan(`and belongs to configuration ${owner}`);
  } catch (error) {
    return stepFaulted(ctx, claim, 'createServer', error);
  }
};

const created = (ctx: WorkContext, claim: EffectClaim, c: Configuration, server: ProviderServer, adopted: boolean): TaskAnswer => {
  const [token] = server.tokens;
  if (token === undefined)
    return stepDelayed(ctx, claim, 'createServer', 'postmark_no_token', `Postmark's server ${server.serverId} came without a token`);
  const keyVersionId = ctx.keyring.status().currentKeyVersionId;
  if (keyVersionId === null)
    return stepDelayed(ctx, claim, 'createServer', 'no_key_version', 'no key version is loaded to seal the server token with');
  const serverToken = ctx.keyring.seal(c.eId, 'server-token', token);
  return {
    kind: 'event',
    event: { type: 'ServerCreated', serverId: server.serverId, serverName: server.name, serverToken, keyVersionId, adopted },
  };
};
