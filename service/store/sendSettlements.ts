/** What came of a call, written for the whole batch in one statement. The fence keeps a holder that was given up for dead from writing. */
import { z } from 'zod';
import { type JobStatus, jobStatuses } from '../core/job/records.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export type JobSettlement = {
  eId: string;
  fence: number;
  /** The attempt that is being settled. */
  number: number;
  status: JobStatus;
  nextAttemptAt: Date | null;
  attemptUsed: boolean;
  messageId: string | null;
  outcome: string;
  code: string;
  message: string;
};

/** A further try that a force-lock or a removal has taken back. */
const cancelled = sql.fragment`(a.status = 'QUEUED' and j.cancel_requested)`;

const settled = z.strictObject({ eId: z.string(), status: z.enum(jobStatuses) });

/**
 * A job that the provider reported on while the call was under way keeps that status: it is further than SENT, and only learns its MessageID.
 * Answers the jobs that changed; one that is missing had been taken over.
 */
export const settleJobs = (db: CommonQueryMethods, tenantId: string, settlements: readonly JobSettlement[], now: Date) =>
  db.any(sql.type(settled)`
    with asked as (
      select * from ${sql.unnest(
        settlements.map((s) => [
          s.eId,
          s.fence,
          s.number,
          s.status,
          s.nextAttemptAt?.toISOString() ?? null,
          s.attemptUsed,
          s.messageId,
          s.outcome,
          s.code,
          s.message.slice(0, 1000),
        ]),
        ['uuid', 'int8', 'int4', 'text', 'timestamptz', 'bool', 'text', 'text', 'text', 'text'],
      )} as a (e_id, fence, number, status, next_attempt_at, attempt_used, message_id, outcome, code, message)
    ), finished as (
      update attempt t set finished_at = ${sql.timestamp(now)}, outcome = a.outcome, code = a.code, message = a.message
      from asked a where t.tenant_id = ${tenantId} and t.job_e_id = a.e_id and t.number = a.number and t.finished_at is null
    ), j as (
      update email_job j set
        status = case when j.status <> 'SENDING' then j.status when ${cancelled} then 'CANCELLED' else a.status end,
        next_attempt_at = case when j.status = 'SENDING' and not ${cancelled} then a.next_attempt_at end,
        rungs = j.rungs - case when a.attempt_used then 0 else 1 end,
        postmark_message_id = coalesce(a.message_id, j.postmark_message_id),
        sent_at = coalesce(j.sent_at, case when a.status = 'SENT' then ${sql.timestamp(now)} end),
        ended_at = coalesce(j.ended_at, case when a.status in ('FAILED', 'DEAD_LETTER', 'SUPPRESSED') or ${cancelled} then ${sql.timestamp(now)} end),
        last_error = case when a.status = 'SENT' then null
          else jsonb_build_object('code', a.code, 'message', a.message, 'at', ${now.toISOString()}::text) end,
        holder = null
      from asked a
      where j.tenant_id = ${tenantId} and j.e_id = a.e_id and j.fence = a.fence
        and (j.status = 'SENDING' or (a.status = 'SENT' and j.status in ('DELIVERED', 'BOUNCED', 'COMPLAINED', 'INCONSISTENT')))
      returning j.tenant_id, j.e_id, j.status, j.attempts, a.code, a.message
    ), dead as (
      insert into dead_letter (tenant_id, job_e_id, at, attempts, last_code, last_message)
      select j.tenant_id, j.e_id, ${sql.timestamp(now)}, j.attempts, j.code, j.message from j where j.status = 'DEAD_LETTER'
      on conflict do nothing
    )
    select j.e_id as "eId", j.status from j`);

type Unknown = { code: string; message: string };

const holderDied: Unknown = {
  code: 'holder_died',
  message: 'the process that was sending this message stopped before it could say what came of it',
};
const outcomeNotWritten: Unknown = { code: 'outcome_not_written', message: 'what came of the call could not be written' };
const claimNotAnswered: Unknown = { code: 'claim_not_answered', message: 'what the claim took was not learned' };

const held = ({ code, message }: Unknown, now: Date, lookAt: Date) => sql.fragment`
  status = 'HELD', next_attempt_at = ${sql.timestamp(lookAt)}, holder = null,
  last_error = jsonb_build_object('code', ${code}::text, 'message', ${message}::text, 'at', ${now.toISOString()}::text)`;

/** The try that is under way ends with what is known of it, in the statement that holds its job: `h` is what was held. */
const closeTries = ({ code, message }: Unknown, now: Date) => sql.fragment`
  update attempt t set finished_at = ${sql.timestamp(now)}, outcome = 'ambiguous', code = ${code}, message = ${message}
  from h where t.tenant_id = h.tenant_id and t.job_e_id = h.e_id and t.number = h.attempts and t.finished_at is null`;

/** Jobs whose holder died between the recorded attempt and its settlement: nobody knows whether the call was made, so they are looked up. */
export const holdOrphanedJobs = async (db: CommonQueryMethods, now: Date, lookAt: Date): Promise<number> => {
  const rows = await db.any(sql.typeAlias('id')`
    with h as (
      update email_job j set ${held(holderDied, now, lookAt)}, fence = j.fence + 1
      where j.status = 'SENDING' and not exists (select 1 from worker_lease w where w.holder = j.holder and w.expires_at > clock_timestamp())
      returning j.tenant_id, j.e_id, j.attempts
    ), closed as (${closeTries(holderDied, now)})
    select h.e_id as id from h`);
  return rows.length;
};

/** The same for claims of a living holder that could not write what came of them. Jobs that were settled, or taken over, stay as they are. */
export const holdClaimedJobs = async (
  db: CommonQueryMethods,
  tenantId: string,
  claims: readonly { eId: string; fence: number }[],
  now: Date,
  lookAt: Date,
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    with h as (
      update email_job j set ${held(outcomeNotWritten, now, lookAt)}
      from ${sql.unnest(
        claims.map(({ eId, fence }) => [eId, fence]),
        ['uuid', 'int8'],
      )} as c (e_id, fence)
      where j.tenant_id = ${tenantId} and j.e_id = c.e_id and j.fence = c.fence and j.status = 'SENDING'
      returning j.tenant_id, j.e_id, j.attempts
    ) ${closeTries(outcomeNotWritten, now)}`);
};

/**
 * The same for a claim whose own answer was lost: nobody knows which jobs it took. They are told by their holder and by the moment of their attempt, so that
 * later claims of the same process for the same configuration stay as they are.
 */
export const holdUnansweredClaim = async (
  db: CommonQueryMethods,
  of: { tenantId: string; eId: string },
  { holder, claimedAt }: { holder: string; claimedAt: Date },
  now: Date,
  lookAt: Date,
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    with h as (
      update email_job j set ${held(claimNotAnswered, now, lookAt)}
      from attempt a
      where j.tenant_id = ${of.tenantId} and j.configuration_e_id = ${of.eId} and j.holder = ${holder} and j.status = 'SENDING'
        and a.tenant_id = j.tenant_id and a.job_e_id = j.e_id and a.number = j.attempts and a.started_at = ${sql.timestamp(claimedAt)}
        and a.finished_at is null
      returning j.tenant_id, j.e_id, j.attempts
    ) ${closeTries(claimNotAnswered, now)}`);
};
