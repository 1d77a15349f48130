/** What `lock`, `force-lock` and `remove` ask of a configuration's jobs. */
import { z } from 'zod';
import type { InFlight } from '../core/job/drain.ts';
import { unresolvable } from './heldJobs.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const inFlight = z.strictObject({
  sending: z.number().int(),
  held: z.number().int(),
  unresolvable: z.number().int(),
}) satisfies z.ZodType<InFlight>;

export const countInFlight = (db: CommonQueryMethods, tenantId: string, configurationEId: string) =>
  db.one(sql.type(inFlight)`
    select count(*) filter (where j.status = 'SENDING')::int8 as sending, count(*) filter (where j.status = 'HELD')::int8 as held,
      count(*) filter (where ${unresolvable})::int8 as unresolvable
    from email_job j where j.tenant_id = ${tenantId} and j.configuration_e_id = ${configurationEId} and j.status in ('SENDING', 'HELD')`);

/**
 * Ends everything accepted up to a moment (null: everything) that has not left, and marks what is under way: it ends as SENT when it was taken, else as CANCELLED.
 */
export const cancelJobs = async (
  db: CommonQueryMethods,
  tenantId: string,
  configurationEId: string,
  acceptedUpTo: Date | null,
  now: Date,
): Promise<number> => {
  const inTime = acceptedUpTo === null ? sql.fragment`true` : sql.fragment`j.accepted_at <= ${sql.timestamp(acceptedUpTo)}`;
  // Marked first, and in a statement of its own: what goes back to the queue meanwhile is either marked, or found there by the next one.
  await db.query(sql.typeAlias('void')`
    update email_job j set cancel_requested = true
    where j.tenant_id = ${tenantId} and j.configuration_e_id = ${configurationEId} and j.status in ('SENDING', 'HELD') and ${inTime}`);
  const cancelled = await db.any(sql.typeAlias('id')`
    update email_job j set status = 'CANCELLED', next_attempt_at = null, cancel_requested = true, ended_at = ${sql.timestamp(now)}
    where j.tenant_id = ${tenantId} and j.configuration_e_id = ${configurationEId} and j.status = 'QUEUED' and ${inTime}
    returning j.e_id as id`);
  return cancelled.length;
};

export type CancelOutcome = { kind: 'cancelled' } | { kind: 'notQueued' };

export const cancelQueuedJob = async (
  db: CommonQueryMethods,
  { tenantId, eId, author }: { tenantId: string; eId: string; author: string },
  now: Date,
): Promise<CancelOutcome> => {
  const cancelled = await db.maybeOne(sql.typeAlias('id')`
    update email_job j set status = 'CANCELLED', next_attempt_at = null, cancel_requested = true, ended_at = ${sql.timestamp(now)}, cancelled_by = ${author}
    where j.tenant_id = ${tenantId} and j.e_id = ${eId} and j.status = 'QUEUED' returning j.e_id as id`);
  return { kind: cancelled === null ? 'notQueued' : 'cancelled' };
};
