/** What an operator says became of a job that the provider's reports leave open: they contradict each other, or there can be none any more. */
import { z } from 'zod';
import { type JobStatus, jobStatuses } from '../core/job/records.ts';
import { unresolvable } from './heldJobs.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

type Of = { tenantId: string; eId: string; reason: string; author: string };

export type TriageOutcome = { kind: 'triaged' } | { kind: 'notInconsistent' };

/** It stands, whatever is reported later. */
export const triage = async (db: CommonQueryMethods, of: Of & { status: JobStatus }, now: Date): Promise<TriageOutcome> => {
  const triaged = await db.maybeOne(sql.typeAlias('id')`
    update email_job j set status = ${of.status}, triaged_at = ${sql.timestamp(now)}, triaged_by = ${of.author}, triage_reason = ${of.reason}
    where j.tenant_id = ${of.tenantId} and j.e_id = ${of.eId} and j.status = 'INCONSISTENT' returning j.e_id as id`);
  return { kind: triaged === null ? 'notInconsistent' : 'triaged' };
};

const ended = z.strictObject({ status: z.enum(jobStatuses), recipient: z.string() });

export type HeldTriageOutcome = { kind: 'triaged'; status: JobStatus; recipient: string } | { kind: 'notUnresolvable' };

/**
 * Ends a HELD job whose last look found that nothing can tell of it any more. `status` null: it did not go out, and is a dead letter, or CANCELLED when a
 * force-lock or a removal has taken it back. The fence moves on, so that a look that is under way changes nothing; the provider's own report still does.
 */
export const triageHeld = async (db: CommonQueryMethods, of: Of & { status: JobStatus | null }, now: Date): Promise<HeldTriageOutcome> => {
  const wentOut = of.status !== null;
  const status = sql.fragment`coalesce(${of.status}::text, case when j.cancel_requested then 'CANCELLED' else 'DEAD_LETTER' end)`;
  const at = now.toISOString();
  const job = await db.maybeOne(sql.type(ended)`
    with h as (
      update email_job j set status = ${status}, holder = null, fence = j.fence + 1, next_attempt_at = null, ended_at = ${sql.timestamp(now)},
        sent_at = case when ${wentOut} then (select max(t.started_at) from attempt t where t.tenant_id = j.tenant_id and t.job_e_id = j.e_id) end,
        last_error = case when not ${wentOut} then jsonb_build_object('code', 'triaged_dropped', 'at', ${at}::text,
          'message', ${`${of.author} settled it as not gone out: ${of.reason}`}::text) end,
        held_triage = jsonb_build_object('at', ${at}::text, 'status', ${status}, 'author', ${of.author}::text, 'reason', ${of.reason}::text)
      where j.tenant_id = ${of.tenantId} and j.e_id = ${of.eId} and ${unresolvable}
      returning j.tenant_id, j.e_id, j.status, j.recipient, j.attempts, j.last_error
    ), dead as (
      insert into dead_letter (tenant_id, job_e_id, at, attempts, last_code, last_message)
      select h.tenant_id, h.e_id, ${sql.timestamp(now)}, h.attempts, h.last_error->>'code', h.last_error->>'message' from h where h.status = 'DEAD_LETTER'
      on conflict do nothing
    )
    select h.status, h.recipient from h`);
  return job === null ? { kind: 'notUnresolvable' } : { kind: 'triaged', ...job };
};
