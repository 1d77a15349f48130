/** After a force-lock: calls under way are aborted (they become HELD and are looked up), and what is queued ends as CANCELLED. Idempotent. */
import type { Configuration } from '../../core/configuration/records.ts';
import { cancelJobs } from '../../store/drains.ts';
import type { EffectClaim } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import type { TaskAnswer } from './task.ts';

export const cancelInFlight = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  ctx.abortSends(c.eId);
  // Jobs accepted after a later unlock are not this lock's to cancel: those were accepted after the effect was decided.
  const cancelled = await cancelJobs(ctx.db, c.tenantId, c.eId, claim.createdAt, ctx.now());
  return { kind: 'nothing', why: `cancelled ${cancelled}` };
};
