/** What may be asked of one job after it was accepted. */
import { findJob } from '../store/acceptance.ts';
import { cancelQueuedJob } from '../store/drains.ts';
import type { AcceptContext } from './accept.ts';
import type { Caller, JobActionOutcome } from './outcomes.ts';

type Of = { tenantId: string; eId: string };

/** The job as it is now, after a statement that changed it or did not. */
export const answerOf = async (ctx: AcceptContext, { tenantId, eId }: Of, changed: boolean): Promise<JobActionOutcome> => {
  const job = await findJob(ctx.db, tenantId, eId);
  if (job === null) return { kind: 'notFound' };
  return changed ? { kind: 'done', job } : { kind: 'notAccepted', status: job.status, nextAttemptAt: job.nextAttemptAt };
};

/** Only a QUEUED job can be taken back; one that was is CANCELLED, and cancelling it again is refused as for any other that is not queued. */
export const cancelJob = async (ctx: AcceptContext, of: Of, { author }: Caller): Promise<JobActionOutcome> => {
  const { kind } = await cancelQueuedJob(ctx.db, { ...of, author }, ctx.now());
  return answerOf(ctx, of, kind === 'cancelled');
};
