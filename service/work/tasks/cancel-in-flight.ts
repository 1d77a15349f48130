/**
 * After a force-lock: calls under way are aborted (they become HELD and are looked up), and what is queued ends as CANCELLED. Idempotent.
 *
 * While the lock stands, everything queued was accepted before it, since nothing is accepted behind a lock. After a later unlock the queue holds other
 * jobs as well, which are not this lock's to cancel: then only those go that were accepted before the effect was decided.
 */
import type { Configuration } from '../../core/configuration/records.ts';
import { lockConfiguration } from '../../store/configurations.ts';
import { cancelJobs } from '../../store/drains.ts';
import type { EffectClaim } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import type { TaskAnswer } from './task.ts';

export const cancelInFlight = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  ctx.abortSends(c.eId);
  const cancelled = await ctx.db.transaction(async (db) => {
    const present = await lockConfiguration(db, c.tenantId, c.eId);
    const stands = present !== null && present.administrativeSince <= claim.createdAt;
    const now = ctx.now();
    return cancelJobs(db, c.tenantId, c.eId, stands ? null : claim.createdAt, now);
  });
  return { kind: 'nothing', why: `cancelled ${cancelled}` };
};
