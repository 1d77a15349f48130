/** Says when a LOCKING configuration has nothing under way any more. Idempotent: it only counts. */
import type { Configuration } from '../../core/configuration/records.ts';
import { drainEvidence } from '../../core/job/drain.ts';
import { countInFlight } from '../../store/drains.ts';
import type { EffectClaim } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import type { TaskAnswer } from './task.ts';

/** Domain time; a drain is a matter of one call's answer, unless jobs are HELD. */
const lookAgainMs = 500;

export const checkDrain = async (ctx: WorkContext, _claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  if (c.administrative !== 'LOCKING') return { kind: 'nothing', why: 'not locking' };
  const inFlight = await countInFlight(ctx.db, c.tenantId, c.eId);
  if (inFlight.sending + inFlight.held === 0)
    return { kind: 'event', event: { type: 'Drained', lockingSince: c.administrativeSince.toISOString() } };
  return { kind: 'again', afterMs: lookAgainMs, note: drainEvidence(inFlight) };
};
