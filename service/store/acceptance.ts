/** What acceptance reads and writes: the facts behind the gates, and the job with its payload, in one statement for all that is asked. */
import { z } from 'zod';
import { administrativeStates, operationalStates } from '../core/configuration/records.ts';
import type { EmailJob, JobPayload } from '../core/job/records.ts';
import { jobColumns, jobRow } from './jobRow.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const facts = z.strictObject({
  operational: z.enum(operationalStates).nullable(),
  administrative: z.enum(administrativeStates).nullable(),
  keyVersionId: z.string().nullable(),
  seenHash: z.string().nullable(),
  seenJobEId: z.string().nullable(),
  suppressionReason: z.string().nullable(),
  suppressedSince: z.date().nullable(),
  taken: z.boolean(),
});
/** As they were when the statement began; `taken`: key, job and payload were written by it. */
export type AcceptanceFacts = z.infer<typeof facts>;

export type NewJob = {
  tenantId: string;
  eId: string;
  configurationEId: string;
  idempotencyKey: string;
  requestHash: string;
  recipient: string;
  payload: JobPayload;
  acceptedAt: Date;
  resendOf: string | null;
  resendReason: string | null;
  author: string;
  requestId: string;
  traceParent: string | null;
};

/** As its row is from the moment `takeJobs` has written it: what it leaves to the defaults of the table included. */
export const queuedJob = ({ tenantId, eId, configurationEId, recipient, payload, acceptedAt }: NewJob): EmailJob => ({
  tenantId,
  eId,
  configurationEId,
  recipient,
  subject: payload.subject,
  status: 'QUEUED',
  attempts: 0,
  nextAttemptAt: acceptedAt,
  postmarkMessageId: null,
  acceptedAt,
  sentAt: null,
  deliveredAt: null,
  lastError: null,
});

/**
 * `takeable`: it may become a job if the facts allow it; false only asks for the facts. One row per offer, in order.
 *
 * A job is written when its configuration is sendable, its recipient is not suppressed and its key is new: what the gates of core would let through, in
 * the WHERE. The share lock excludes `apply`, so no job is accepted behind a lock that has committed; a key that another transaction took since the
 * statement began is left out. What the facts allow and was not taken has met one of the two: offered again, it has an answer. Key, job and payload are
 * written by one statement, so none stands alone.
 *
 * One JSON text for all: some 14 arrays cost Node twice as much to write, and each statement costs Postgres half a millisecond before its first row.
 * Looked up one by one: a join leaves Postgres the choice to read whole tables, which it takes while they are small, and keeps with the plan
 * (statementNames.ts) while they grow.
 */
export const takeJobs = (
  db: CommonQueryMethods,
  offers: readonly { job: NewJob; takeable: boolean }[],
): Promise<readonly AcceptanceFacts[]> =>
  db.any(sql.type(facts)`
    with asked as materialized (
      select * from json_to_recordset(${JSON.stringify(offers.map(({ job, takeable }, ordinal) => ({ ordinal, takeable, ...job })))}::json) as a (
        ordinal int4, takeable boolean, "tenantId" text, "eId" uuid, "configurationEId" uuid, "idempotencyKey" text, "requestHash" text, recipient text,
        "acceptedAt" timestamptz, "resendOf" uuid, "resendReason" text, author text, "requestId" text, "traceParent" text, payload jsonb
      )
    ), fact as materialized (
      select a.ordinal, c.operational, c.administrative, c.key_version_id, k.request_hash, k.job_e_id, s.reason, s.since
      from asked a
      left join lateral (
        select f.operational, f.administrative, f.key_version_id from configuration f
        where f.tenant_id = a."tenantId" and f.e_id = a."configurationEId" limit 1
      ) c on true
      left join lateral (
        select f.request_hash, f.job_e_id from idempotency_key f where f.tenant_id = a."tenantId" and f.key = a."idempotencyKey" limit 1
      ) k on true
      left join lateral (
        select f.reason, f.since from suppression_entry f where f.tenant_id = a."tenantId" and f.recipient = a.recipient and f.active limit 1
      ) s on true
    ), sendable as (
      select s.tenant_id, s.e_id from (select distinct a."tenantId", a."configurationEId" from asked a where a.takeable) of
      cross join lateral (
        select c.tenant_id, c.e_id from configuration c
        where c.tenant_id = of."tenantId" and c.e_id = of."configurationEId" and c.administrative = 'UNLOCKED' and c.operational in ('OK', 'DEGRADED')
        for key share
      ) s
    ), taken as (
      insert into idempotency_key (tenant_id, key, request_hash, job_e_id, seen_at)
      select a."tenantId", a."idempotencyKey", a."requestHash", a."eId", a."acceptedAt"
      from asked a join fact f on f.ordinal = a.ordinal join sendable s on s.tenant_id = a."tenantId" and s.e_id = a."configurationEId"
      where a.takeable and f.job_e_id is null and f.reason is null
      -- In one order for all: two batches with the same keys would otherwise wait for each other.
      order by a."tenantId", a."idempotencyKey"
      on conflict (tenant_id, key) do nothing
      returning job_e_id
    ), j as (
      insert into email_job (tenant_id, e_id, configuration_e_id, recipient, subject, status, next_attempt_at, accepted_at, resend_of, resend_reason, author, request_id,
        trace_parent)
      select a."tenantId", a."eId", a."configurationEId", a.recipient, a.payload ->> 'subject', 'QUEUED', a."acceptedAt", a."acceptedAt", a."resendOf", a."resendReason",
        a.author, a."requestId", a."traceParent"
      from asked a join taken t on t.job_e_id = a."eId"
    ), kept as (
      insert into email_payload (tenant_id, job_e_id, payload) select a."tenantId", a."eId", a.payload from asked a join taken t on t.job_e_id = a."eId"
    )
    select f.operational, f.administrative, f.key_version_id as "keyVersionId", f.request_hash as "seenHash", f.job_e_id as "seenJobEId",
      f.reason as "suppressionReason", f.since as "suppressedSince", t.job_e_id is not null as taken
    from fact f join asked a on a.ordinal = f.ordinal left join taken t on t.job_e_id = a."eId"
    order by f.ordinal`);

export const findJobs = (db: CommonQueryMethods, wanted: readonly { tenantId: string; eId: string }[]): Promise<readonly EmailJob[]> =>
  db.any(sql.type(jobRow)`
    select ${jobColumns} from ${sql.unnest(
      wanted.map(({ tenantId, eId }) => [tenantId, eId]),
      ['text', 'uuid'],
    )} as w (tenant_id, e_id)
    cross join lateral (select f.* from email_job f where f.tenant_id = w.tenant_id and f.e_id = w.e_id offset 0) j`);

export const findJob = (db: CommonQueryMethods, tenantId: string, eId: string): Promise<EmailJob | null> =>
  db.maybeOne(sql.type(jobRow)`select ${jobColumns} from email_job j where j.tenant_id = ${tenantId} and j.e_id = ${eId}`);
