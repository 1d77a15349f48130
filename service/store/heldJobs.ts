/** Jobs whose outcome is unknown: claimed for a look, and settled by what the look showed. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const heldJob = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  configurationEId: z.string(),
  attempts: z.number().int(),
  rungs: z.number().int(),
  looks: z.number().int(),
  fence: z.number().int(),
});
export type HeldJob = z.infer<typeof heldJob>;

export const claimHeldJobs = (db: CommonQueryMethods, holder: string, now: Date, limit: number): Promise<readonly HeldJob[]> =>
  db.any(sql.type(heldJob)`
    with due as (
      select j.tenant_id, j.e_id from email_job j
      where j.status = 'HELD' and j.next_attempt_at <= ${sql.timestamp(now)}
        and (j.holder is null or not exists (select 1 from worker_lease w where w.holder = j.holder and w.expires_at > clock_timestamp()))
      order by j.next_attempt_at limit ${limit} for update skip locked
    )
    update email_job j set holder = ${holder}, fence = j.fence + 1 from due where j.tenant_id = due.tenant_id and j.e_id = due.e_id
    returning j.tenant_id as "tenantId", j.e_id as "eId", j.configuration_e_id as "configurationEId", j.attempts, j.rungs, j.looks, j.fence`);

/** Gives back what this holder has claimed for a look. */
export const releaseHeldJobs = async (db: CommonQueryMethods, holder: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`update email_job j set holder = null where j.status = 'HELD' and j.holder = ${holder}`);
};

/** The last look found that nothing can be looked up any more. `j` is the job. */
export const unresolvable = sql.fragment`(j.status = 'HELD' and j.last_error->>'code' = 'server_gone')`;

/** Whether the configuration has been given another server since the last try began: the search of that one knows nothing of it. */
export const wasHandedToAServerThatIsGone = (db: CommonQueryMethods, { tenantId, eId, configurationEId, attempts }: HeldJob) =>
  db.oneFirst(sql.typeAlias('flag')`
    select exists (
      select 1 from configuration_event v join attempt t on t.tenant_id = v.tenant_id and t.job_e_id = ${eId} and t.number = ${attempts}
      where v.tenant_id = ${tenantId} and v.configuration_e_id = ${configurationEId}
        and (v.event = 'ServerRemade' and v.at >= t.started_at or v.event = 'ServerCreated' and v.at > t.started_at)
    ) as flag`);

export type HeldSettlement =
  | { kind: 'found'; messageId: string; sentAt: Date }
  /** Not there yet: look again. */
  | { kind: 'lookAgain'; at: Date; counts: boolean; code: 'outcome_unknown' | 'server_gone'; note: string }
  /** Looked for often enough: it was never taken. Goes to the next rung, or ends. */
  | { kind: 'neverTaken'; nextAttemptAt: Date | null };

const settled = z.strictObject({ status: z.string() });

/** Null when the job was taken over or the provider has reported on it meanwhile. */
export const settleHeldJob = (db: CommonQueryMethods, job: HeldJob, settlement: HeldSettlement, now: Date) => {
  const mine = sql.fragment`j.tenant_id = ${job.tenantId} and j.e_id = ${job.eId} and j.fence = ${job.fence} and j.status = 'HELD'`;
  switch (settlement.kind) {
    case 'found':
      return db.maybeOne(sql.type(settled)`
        update email_job j set status = 'SENT', postmark_message_id = ${settlement.messageId}, sent_at = ${sql.timestamp(settlement.sentAt)},
          next_attempt_at = null, last_error = null, holder = null
        where ${mine} returning j.status`);
    case 'lookAgain':
      return db.maybeOne(sql.type(settled)`
        update email_job j set looks = j.looks + ${settlement.counts ? 1 : 0}, next_attempt_at = ${sql.timestamp(settlement.at)}, holder = null,
          last_error = jsonb_build_object('code', ${settlement.code}::text, 'message', ${settlement.note}::text, 'at', ${now.toISOString()}::text)
        where ${mine} returning j.status`);
    case 'neverTaken': {
      const next = settlement.nextAttemptAt;
      return db.maybeOne(sql.type(settled)`
        with j2 as (
          update email_job j set holder = null,
            status = case when j.cancel_requested then 'CANCELLED' when ${next !== null} then 'QUEUED' else 'DEAD_LETTER' end,
            next_attempt_at = case when j.cancel_requested then null else ${next === null ? null : sql.timestamp(next)}::timestamptz end,
            ended_at = case when j.cancel_requested or ${next === null} then ${sql.timestamp(now)} end
          where ${mine} returning j.tenant_id, j.e_id, j.status, j.attempts, j.last_error
        ), dead as (
          insert into dead_letter (tenant_id, job_e_id, at, attempts, last_code, last_message)
          select d.tenant_id, d.e_id, ${sql.timestamp(now)}, d.attempts, d.last_error->>'code', d.last_error->>'message' from j2 d where d.status = 'DEAD_LETTER'
          on conflict do nothing
        )
        select j2.status from j2`);
    }
  }
};
