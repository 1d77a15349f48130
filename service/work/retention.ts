/**
 * Makes partitions ahead of time, and takes away what is past its retention.
 *
 * Guarantee: what has not ended is kept, whatever its age; all else is gone at the latest one period after its retention. Runs once an hour of domain
 * time, on one replica at a time; a run that is cut off is finished by the next, since each step stands alone.
 */
import { type PartitionRule, partitionPlan } from '../core/retention/partitionPlan.ts';
import { tryWithLock } from '../store/advisoryLocks.ts';
import { forgetDrift } from '../store/driftRetention.ts';
import {
  deleteOlder,
  dropPartition,
  forgetDeadLettersAndMalformed,
  forgetEndedZoneChanges,
  forgetEventKeys,
  forgetIdempotencyKeys,
  forgetSettledEffects,
  listPartitions,
  makePartition,
  type PartitionedTable,
} from '../store/partitions.ts';
import type { WorkContext } from './workContext.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** So that a stop of some weeks, or a clock that is moved on, still finds its partitions made. */
const periodsAhead = 2;
/** A body is asked for by its job's id alone, so that many small partitions cost nothing; and it is gone within a day of its time. */
const payloadPeriodDays = 1;
const payloadPeriodsAhead = 7;
const settledWorkDays = 30;

export type RetentionContext = Pick<WorkContext, 'db' | 'now' | 'observe'>;

export type RetentionSettings = { payloadDays: number; jobDays: number; idempotencyKeyDays: number; partitionDays: number };

const rulesOf = ({ payloadDays, jobDays, partitionDays }: RetentionSettings): Record<PartitionedTable, PartitionRule> => {
  const ofJobs = { periodDays: partitionDays, ahead: periodsAhead, keepDays: jobDays };
  return {
    email_payload: { periodDays: payloadPeriodDays, ahead: payloadPeriodsAhead, keepDays: payloadDays },
    attempt: ofJobs,
    email_event: ofJobs,
    // After what hangs on it.
    email_job: ofJobs,
  };
};

const untilNone = async (some: () => Promise<number>): Promise<void> => {
  while ((await some()) > 0);
};

const keepTable = async ({ db, now }: RetentionContext, parent: PartitionedTable, rule: PartitionRule): Promise<void> => {
  const before = new Date(now().getTime() - rule.keepDays * dayMs);
  const { make, drop } = partitionPlan(await listPartitions(db, parent), now(), rule);
  for (const span of make) await makePartition(db, parent, span);
  for (const partition of drop) {
    const outcome = await dropPartition(db, parent, partition);
    if (outcome.kind === 'keptForLiveJobs') await untilNone(() => deleteOlder(db, parent, partition.name, before));
  }
  await untilNone(() => deleteOlder(db, parent, `${parent}_default`, before));
};

/** One whole run. A table that is busy is told, and left for the next run; the others have theirs. */
export const keepRetention = async (ctx: RetentionContext, settings: RetentionSettings): Promise<void> => {
  const { db, observe } = ctx;
  const told = (what: string, work: () => Promise<void>) =>
    work().catch((error: unknown) => observe.trouble(`retention of ${what}`, error));
  await tryWithLock(db, 'postroute:retention', async () => {
    const before = (days: number): Date => new Date(ctx.now().getTime() - days * dayMs);
    // Before the jobs that they name: a replay is answered with its job.
    await told('idempotency keys', () => untilNone(() => forgetIdempotencyKeys(db, before(settings.idempotencyKeyDays))));
    for (const [parent, rule] of Object.entries(rulesOf(settings))) {
      await told(parent, () => keepTable(ctx, parent as PartitionedTable, rule));
    }
    await told('event keys', () => untilNone(() => forgetEventKeys(db, before(settings.jobDays))));
    // Nothing of the service reads them; a person asks what was done last week, not last year.
    await told('settled effects', () => untilNone(() => forgetSettledEffects(db, before(settledWorkDays))));
    await told('zone changes', () => untilNone(() => forgetEndedZoneChanges(db, before(settledWorkDays))));
    await told('drift', () => forgetDrift(db, before(settings.jobDays)));
    await told('dead letters', () => forgetDeadLettersAndMalformed(db, before(settings.jobDays)));
  });
};

/** For a loop: runs when an hour has gone by since the last run, and at once at first. */
export const retentionPass = (ctx: RetentionContext, settings: RetentionSettings): (() => Promise<number>) => {
  let dueAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (ctx.now().getTime() < dueAt) return 0;
    dueAt = ctx.now().getTime() + hourMs;
    await keepRetention(ctx, settings);
    return 0;
  };
};
