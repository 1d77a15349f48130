/** Provider callbacks: stored before they are answered, projected afterwards. */
import { z } from 'zod';
import { type JobStatus, jobStatuses } from '../core/job/records.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export type NewEmailEvent = {
  tenantId: string;
  id: string;
  configurationEId: string;
  jobEId: string | null;
  dedupeKey: string;
  recordType: string;
  messageId: string | null;
  recipient: string | null;
  bounceType: string | null;
  occurredAt: Date;
  receivedAt: Date;
  payload: string;
};

/** Answers the ids of those that are new; of two with one key in the same call, only the first may be. Key and event are written by one statement. */
export const insertEmailEvents = async (db: CommonQueryMethods, events: readonly NewEmailEvent[]): Promise<ReadonlySet<string>> => {
  const firsts = new Map(events.toReversed().map((e) => [`${e.configurationEId} ${e.dedupeKey}`, e]));
  const rows = await db.any(sql.typeAlias('id')`
    with asked as (
      select * from ${sql.unnest(
        [...firsts.values()].map((e) => [
          e.tenantId,
          e.id,
          e.configurationEId,
          e.jobEId,
          e.dedupeKey,
          e.recordType,
          e.messageId,
          e.recipient,
          e.bounceType,
          e.occurredAt.toISOString(),
          e.receivedAt.toISOString(),
          e.payload,
        ]),
        ['text', 'uuid', 'uuid', 'uuid', 'text', 'text', 'text', 'text', 'text', 'timestamptz', 'timestamptz', 'text'],
      )} as a (tenant_id, id, configuration_e_id, job_e_id, dedupe_key, record_type, message_id, recipient, bounce_type, occurred_at, received_at, payload)
    ), fresh as (
      insert into email_event_key (tenant_id, configuration_e_id, dedupe_key, seen_at)
      select a.tenant_id, a.configuration_e_id, a.dedupe_key, a.received_at from asked a
      -- In one order for all: two groups with the same keys would otherwise wait for each other.
      order by a.tenant_id, a.configuration_e_id, a.dedupe_key
      on conflict do nothing returning tenant_id, configuration_e_id, dedupe_key
    )
    insert into email_event (tenant_id, id, configuration_e_id, job_e_id, record_type, message_id, recipient, bounce_type, occurred_at, received_at, payload)
    select a.tenant_id, a.id, a.configuration_e_id, a.job_e_id, a.record_type, a.message_id, a.recipient, a.bounce_type, a.occurred_at, a.received_at,
      a.payload::jsonb
    from fresh f join asked a on a.tenant_id = f.tenant_id and a.configuration_e_id = f.configuration_e_id and a.dedupe_key = f.dedupe_key
    returning id`);
  return new Set(rows.map(({ id }) => id));
};

export type NewMalformedEvent = {
  tenantId: string;
  id: string;
  configurationEId: string;
  receivedAt: Date;
  failureCode: string;
  failureDetail: string;
  body: string;
};

export const insertMalformedEvent = async (db: CommonQueryMethods, e: NewMalformedEvent): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into malformed_event (tenant_id, id, configuration_e_id, received_at, failure_code, failure_detail, body)
    values (${e.tenantId}, ${e.id}, ${e.configurationEId}, ${sql.timestamp(e.receivedAt)}, ${e.failureCode}, ${e.failureDetail}, ${e.body})`);
};

const unprojected = z.strictObject({
  tenantId: z.string(),
  id: z.string(),
  configurationEId: z.string(),
  jobEId: z.string().nullable(),
  recordType: z.string(),
  recipient: z.string().nullable(),
  bounceType: z.string().nullable(),
  occurredAt: z.date(),
  receivedAt: z.date(),
  messageId: z.string().nullable(),
  suppressSending: z.boolean().nullable(),
  suppressionReason: z.string().nullable(),
});
export type UnprojectedEvent = z.infer<typeof unprojected>;

export const hasUnprojected = async (db: CommonQueryMethods): Promise<boolean> => {
  const { flag } = await db.one(sql.typeAlias('flag')`select exists (select 1 from email_event e where e.projected_at is null) as flag`);
  return flag;
};

/** Compared and not cast: one payload with another kind of value would fail the statement, and with it every projection. Holds the rows until the transaction ends, so that each event is acted on once. */
export const takeUnprojected = (db: CommonQueryMethods, limit: number): Promise<readonly UnprojectedEvent[]> =>
  db.any(sql.type(unprojected)`
    select e.tenant_id as "tenantId", e.id, e.configuration_e_id as "configurationEId", e.job_e_id as "jobEId", e.record_type as "recordType",
      e.recipient, e.bounce_type as "bounceType", e.occurred_at as "occurredAt", e.received_at as "receivedAt", e.message_id as "messageId",
      case e.payload->'SuppressSending' when 'true'::jsonb then true when 'false'::jsonb then false end as "suppressSending",
      e.payload->>'SuppressionReason' as "suppressionReason"
    from email_event e where e.projected_at is null order by e.received_at, e.id limit ${limit} for update skip locked`);

/** Of events that this transaction has taken. `unmatched`: ids of those whose job is not known (yet). */
export const markProjected = async (
  db: CommonQueryMethods,
  events: readonly { tenantId: string; id: string }[],
  unmatched: ReadonlySet<string>,
  now: Date,
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update email_event e set projected_at = ${sql.timestamp(now)}, unmatched = m.unmatched
    from ${sql.unnest(
      events.map(({ tenantId, id }) => [tenantId, id, unmatched.has(id)]),
      ['text', 'uuid', 'bool'],
    )} as m (tenant_id, id, unmatched)
    where e.tenant_id = m.tenant_id and e.id = m.id`);
};

const jobEvent = z.strictObject({
  jobEId: z.string(),
  recordType: z.string(),
  bounceType: z.string().nullable(),
  occurredAt: z.date(),
  messageId: z.string().nullable(),
});

export type JobOfTenant = { tenantId: string; jobEId: string };

const named = (jobs: readonly JobOfTenant[]) =>
  sql.unnest(
    jobs.map(({ tenantId, jobEId }) => [tenantId, jobEId]),
    ['text', 'uuid'],
  );

/** Those of the record types named, oldest first. */
export const eventsOfJobs = (db: CommonQueryMethods, jobs: readonly JobOfTenant[], recordTypes: readonly string[]) =>
  db.any(sql.type(jobEvent)`
    select e.* from ${named(jobs)} as w (tenant_id, e_id)
    cross join lateral (
      select e.job_e_id as "jobEId", e.record_type as "recordType", e.bounce_type as "bounceType", e.occurred_at as "occurredAt", e.message_id as "messageId"
      from email_event e
      where e.tenant_id = w.tenant_id and e.job_e_id = w.e_id and e.record_type = any(${sql.array(recordTypes, 'text')})
      order by e.occurred_at, e.id offset 0
    ) e`);

const tracedJob = z.strictObject({ jobEId: z.string(), traceParent: z.string().nullable() });

/** Those that exist, as they are now; held by nobody. */
export const findJobsOfEvents = (db: CommonQueryMethods, jobs: readonly JobOfTenant[]) =>
  db.any(sql.type(tracedJob)`
    select j.e_id as "jobEId", j.trace_parent as "traceParent"
    from ${named(jobs)} as w (tenant_id, e_id)
    cross join lateral (
      select j.e_id, j.trace_parent from email_job j where j.tenant_id = w.tenant_id and j.e_id = w.e_id offset 0
    ) j`);

const projectedJob = z.strictObject({
  tenantId: z.string(),
  jobEId: z.string(),
  status: z.enum(jobStatuses),
  triaged: z.boolean(),
  traceParent: z.string().nullable(),
});

/**
 * Keeps two projections of one job apart: each folds over everything that the other has stored. Held in one order for all, so that two projectors do not
 * wait for each other's jobs. A job that does not exist (yet) is missing.
 */
export const lockJobsForProjection = (db: CommonQueryMethods, jobs: readonly JobOfTenant[]) =>
  db.any(sql.type(projectedJob)`
    select j.tenant_id as "tenantId", j.e_id as "jobEId", j.status, j.triaged, j.trace_parent as "traceParent"
    from (select w.tenant_id, w.e_id from ${named(jobs)} as w (tenant_id, e_id) order by w.tenant_id, w.e_id) w
    cross join lateral (
      select j.tenant_id, j.e_id, j.status, j.triaged_at is not null as triaged, j.trace_parent from email_job j
      where j.tenant_id = w.tenant_id and j.e_id = w.e_id for update
    ) j`);

export type WrittenProjection = JobOfTenant & { status: JobStatus; deliveredAt: Date | null; messageId: string | null };

/** A job that was reported on while its call was still open was handed over when that attempt began. */
export const writeProjections = async (db: CommonQueryMethods, projections: readonly WrittenProjection[], now: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update email_job j set status = p.status, delivered_at = p.delivered_at,
      postmark_message_id = coalesce(j.postmark_message_id, p.message_id), next_attempt_at = null, ended_at = coalesce(j.ended_at, ${sql.timestamp(now)}),
      sent_at = coalesce(j.sent_at, (select max(t.started_at) from attempt t where t.tenant_id = j.tenant_id and t.job_e_id = j.e_id)),
      last_error = null
    from ${sql.unnest(
      projections.map((p) => [p.tenantId, p.jobEId, p.status, p.deliveredAt?.toISOString() ?? null, p.messageId]),
      ['text', 'uuid', 'text', 'timestamptz', 'text'],
    )} as p (tenant_id, e_id, status, delivered_at, message_id)
    where j.tenant_id = p.tenant_id and j.e_id = p.e_id`);
};
