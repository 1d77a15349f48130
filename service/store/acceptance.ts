/** What acceptance reads and writes: the facts behind the gates in one query, and the job with its payload in one statement each. */
import { z } from 'zod';
import { administrativeStates, operationalStates } from '../core/configuration/records.ts';
import type { EmailJob, JobPayload } from '../core/job/records.ts';
import { jobColumns, jobRow } from './jobRow.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const facts = z.strictObject({
  ordinal: z.number().int(),
  found: z.boolean(),
  operational: z.enum(operationalStates).nullable(),
  administrative: z.enum(administrativeStates).nullable(),
  keyVersionId: z.string().nullable(),
  seenHash: z.string().nullable(),
  seenJobEId: z.string().nullable(),
  suppressionReason: z.string().nullable(),
  suppressedSince: z.date().nullable(),
});
export type AcceptanceFacts = z.infer<typeof facts>;

export type AcceptanceQuestion = { tenantId: string; configurationEId: string; idempotencyKey: string; recipient: string };

/**
 * One row per question, in order. Looked up one by one: a join leaves Postgres the choice to read whole tables, which it takes while they are small, and
 * keeps with the plan (statementNames.ts) while they grow.
 */
export const readAcceptanceFacts = (
  db: CommonQueryMethods,
  questions: readonly AcceptanceQuestion[],
): Promise<readonly AcceptanceFacts[]> =>
  db.any(sql.type(facts)`
    select q.ordinal::int4 as ordinal, c.e_id is not null as found, c.operational, c.administrative, c.key_version_id as "keyVersionId",
      k.request_hash as "seenHash", k.job_e_id as "seenJobEId", s.reason as "suppressionReason", s.since as "suppressedSince"
    from ${sql.unnest(
      questions.map((q, ordinal) => [ordinal, q.tenantId, q.configurationEId, q.idempotencyKey, q.recipient]),
      ['int4', 'text', 'uuid', 'text', 'text'],
    )} as q (ordinal, tenant_id, configuration_e_id, idempotency_key, recipient)
    left join lateral (
      select f.e_id, f.operational, f.administrative, f.key_version_id from configuration f
      where f.tenant_id = q.tenant_id and f.e_id = q.configuration_e_id limit 1
    ) c on true
    left join lateral (
      select f.request_hash, f.job_e_id from idempotency_key f where f.tenant_id = q.tenant_id and f.key = q.idempotency_key limit 1
    ) k on true
    left join lateral (
      select f.reason, f.since from suppression_entry f where f.tenant_id = q.tenant_id and f.recipient = q.recipient and f.active limit 1
    ) s on true
    order by q.ordinal`);

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

/** As its row is from the moment it is written: what `insertJobs` leaves to the defaults of the table included. */
const queued = ({ tenantId, eId, configurationEId, recipient, payload, acceptedAt }: NewJob): EmailJob => ({
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
 * Inserts what is new and answers the jobs that were inserted. A key that another request took in the meantime is left out, and so is a job whose
 * configuration was locked in the meantime: the share lock excludes `apply`, so no job is accepted behind a lock that has committed. The caller reads
 * again and finds a replay, a conflict or a refusal. Key, job and payload are written by one statement, so none stands alone.
 */
export const insertJobs = async (db: CommonQueryMethods, jobs: readonly NewJob[]): Promise<readonly EmailJob[]> => {
  const inserted = await db.anyFirst(sql.typeAlias('id')`
    with asked as (
      select * from ${sql.unnest(
        jobs.map((j) => [
          j.tenantId,
          j.eId,
          j.configurationEId,
          j.idempotencyKey,
          j.requestHash,
          j.recipient,
          j.payload.subject,
          j.acceptedAt.toISOString(),
          j.resendOf,
          j.resendReason,
          j.author,
          j.requestId,
          j.traceParent,
          JSON.stringify(j.payload),
        ]),
        ['text', 'uuid', 'uuid', 'text', 'text', 'text', 'text', 'timestamptz', 'uuid', 'text', 'text', 'text', 'text', 'text'],
      )} as a (tenant_id, e_id, configuration_e_id, idempotency_key, request_hash, recipient, subject, accepted_at, resend_of, resend_reason, author, request_id, trace_parent, payload)
    ), sendable as (
      select s.tenant_id, s.e_id from (select distinct a.tenant_id, a.configuration_e_id from asked a) of
      cross join lateral (
        select c.tenant_id, c.e_id from configuration c
        where c.tenant_id = of.tenant_id and c.e_id = of.configuration_e_id and c.administrative = 'UNLOCKED' and c.operational in ('OK', 'DEGRADED')
        for key share
      ) s
    ), taken as (
      insert into idempotency_key (tenant_id, key, request_hash, job_e_id, seen_at)
      select a.tenant_id, a.idempotency_key, a.request_hash, a.e_id, a.accepted_at
      from asked a join sendable s on s.tenant_id = a.tenant_id and s.e_id = a.configuration_e_id
      -- In one order for all: two batches with the same keys would otherwise wait for each other.
      order by a.tenant_id, a.idempotency_key
      on conflict (tenant_id, key) do nothing
      returning tenant_id, job_e_id
    ), j as (
      insert into email_job (tenant_id, e_id, configuration_e_id, recipient, subject, status, next_attempt_at, accepted_at, resend_of, resend_reason, author, request_id,
        trace_parent)
      select a.tenant_id, a.e_id, a.configuration_e_id, a.recipient, a.subject, 'QUEUED', a.accepted_at, a.accepted_at, a.resend_of, a.resend_reason, a.author, a.request_id,
        a.trace_parent
      from asked a join taken t on t.tenant_id = a.tenant_id and t.job_e_id = a.e_id
      returning e_id
    ), kept as (
      insert into email_payload (tenant_id, job_e_id, payload)
      select a.tenant_id, a.e_id, a.payload::jsonb from asked a join taken t on t.tenant_id = a.tenant_id and t.job_e_id = a.e_id
    )
    select e_id as id from j`);
  const ids = new Set(inserted);
  return jobs.filter(({ eId }) => ids.has(eId)).map(queued);
};

export const findJobs = (db: CommonQueryMethods, wanted: readonly { tenantId: string; eId: string }[]): Promise<readonly EmailJob[]> =>
  db.any(sql.type(jobRow)`
    select ${jobColumns} from ${sql.unnest(
      wanted.map(({ tenantId, eId }) => [tenantId, eId]),
      ['text', 'uuid'],
    )} as w (tenant_id, e_id) join email_job j on j.tenant_id = w.tenant_id and j.e_id = w.e_id`);

export const findJob = (db: CommonQueryMethods, tenantId: string, eId: string): Promise<EmailJob | null> =>
  db.maybeOne(sql.type(jobRow)`select ${jobColumns} from email_job j where j.tenant_id = ${tenantId} and j.e_id = ${eId}`);
