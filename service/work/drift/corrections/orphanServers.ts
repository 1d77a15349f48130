/** A server under our prefix that no row names: it goes to the configuration that it was in the way of, or out of the way. Nothing is deleted. */
import { retiredServerNameOf } from '../../../core/configuration/names.ts';
import type { CorrectionOutcome, WaitingCorrection } from '../../../store/driftPlans.ts';
import { apply } from '../../apply.ts';
import type { WorkContext } from '../../workContext.ts';
import { type Correct, callerOf, done, failed, told } from './correction.ts';

export const adoptServer: Correct = async (ctx, correction, { tenantId, eId }) => {
  const event = { type: 'Signal', signal: 're-provision', reason: `drift plan ${correction.planId}`, adopt: true } as const;
  return told(await apply(ctx, { tenantId, eId, event, caller: callerOf(correction) }));
};

/** Renamed: the name is free, what the server does goes on, and drift takes it for foreign. */
export const retireServer = async (ctx: WorkContext, { postmarkServerId }: WaitingCorrection): Promise<CorrectionOutcome> => {
  const server = postmarkServerId === null ? null : await ctx.ports.inventory.findServer(postmarkServerId);
  if (server === null) return failed('the server is gone');
  await ctx.ports.servers.renameServer(server.serverId, retiredServerNameOf(server.name, server.serverId));
  return done;
};
