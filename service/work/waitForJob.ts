/** `Prefer: wait`: looks until a job is sent or ended, for a bounded process time. A few short polls cost less than a channel per waiting request. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmailJob, isSentOrEnded } from '../core/job/records.ts';
import { findJob } from '../store/acceptance.ts';
import type { WorkContext } from './workContext.ts';

/** A send takes some tens of milliseconds when nothing is wrong. */
const firstLookMs = 15;
const slowestLookMs = 250;

/** A process that is stopping answers at once with what is true: the job goes on elsewhere. */
export const waitForJob = async (
  ctx: Pick<WorkContext, 'db' | 'stopping'>,
  tenantId: string,
  eId: string,
  timeoutMs: number,
): Promise<EmailJob> => {
  const until = performance.now() + timeoutMs;
  for (let waitMs = firstLookMs; ; waitMs = Math.min(slowestLookMs, waitMs * 1.5)) {
    const job = await findJob(ctx.db, tenantId, eId);
    if (job === null) throw new Error('a job that was accepted has gone');
    const left = until - performance.now();
    if (isSentOrEnded(job.status) || left <= 0 || ctx.stopping.aborted) return job;
    await sleep(Math.min(waitMs, left), undefined, { signal: ctx.stopping }).catch(() => undefined);
  }
};
