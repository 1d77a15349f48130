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

export type StoreEventOutcome = { kind: 'stored' } | { kind: 'duplicate' };

export const insertEmailEvent = async (db: CommonQueryMethods, e: NewEmailEvent): Promise<StoreEventOutcome> => {
  const stored = await db.maybeOne(sql.typeAlias('id')`
    with fresh as (
      insert into email_event_key (tenant_id, configuration_e_id, dedupe_key, seen_at)
      values (${e.tenantId}, ${e.configurationEId}, ${e.dedupeKey}, ${sql.timestamp(e.receivedAt)})
      on conflict do nothing returning tenant_id
    )
    insert into email_event (tenant_id, id, configuration_e_id, job_e_id, record_type, message_id, recipient, bounce_type, occurred_at, received_at, payload)
    select f.tenant_id, ${e.id}::uuid, ${e.configurationEId}::uuid, ${e.jobEId}::uuid, ${e.recordType}, ${e.messageId}, ${e.recipient}, ${e.bounceType},
      ${sql.timestamp(e.occurredAt)}, ${sql.timestamp(e.receivedAt)}, ${e.payload}::jsonb
    from fresh f returning id`);
  return { kind: stored === null ? 'duplicate' : 'stored' };
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
      e.recipient, e.bounce_type as "bounceType", e.occurred_at as "occurredAt",
      case e.payload->'SuppressSending' when 'true'::jsonb then true when 'false'::jsonb then false end as "suppressSending",
      e.payload->>'SuppressionReason' as "suppressionReason"
    from email_event e where e.projected_at is null order by e.received_at, e.id limit ${limit} for update skip locked`);

export const markProjected = async (
  db: CommonQueryMethods,
  events: readonly { tenantId: string; id: string }[],
  now: Date,
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update email_event e set projected_at = ${sql.timestamp(now)}
    from ${sql.unnest(
      events.map(({ tenantId, id }) => [tenantId, id]),
      ['text', 'uuid'],
    )} as m (tenant_id, id)
    where e.tenant_id = m.tenant_id and e.id = m.id and e.projected_at is null`);
};

const jobEvent = z.strictObject({
  recordType: z.string(),
  bounceType: z.string().nullable(),
  occurredAt: z.date(),
  messageId: z.string().nullable(),
});

export const eventsOfJob = (db: CommonQueryMethods, tenantId: string, jobEId: string) =>
  db.any(sql.type(jobEvent)`
    select e.record_type as "recordType", e.bounce_type as "bounceType", e.occurred_at as "occurredAt", e.message_id as "messageId" from email_event e
    where e.tenant_id = ${tenantId} and e.job_e_id = ${jobEId} order by e.occurred_at, e.id`);

const projectedJob = z.strictObject({ status: z.enum(jobStatuses), triaged: z.boolean() });

/** Keeps two projections of one job apart: each folds over everything that the other has stored. Null when no such job exists (yet). */
export const lockJobForProjection = (db: CommonQueryMethods, tenantId: string, jobEId: string) =>
  db.maybeOne(sql.type(projectedJob)`
    select j.status, j.triaged_at is not null as triaged from email_job j where j.tenant_id = ${tenantId} and j.e_id = ${jobEId} for update`);

/** A job that was reported on while its call was still open was handed over when that attempt began. */
export const writeProjection = async (
  db: CommonQueryMethods,
  of: { tenantId: string; jobEId: string; status: JobStatus; deliveredAt: Date | null; messageId: string | null },
  now: Date,
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update email_job j set status = ${of.status}, delivered_at = ${of.deliveredAt === null ? null : sql.timestamp(of.deliveredAt)},
      postmark_message_id = coalesce(j.postmark_message_id, ${of.messageId}), next_attempt_at = null, ended_at = coalesce(j.ended_at, ${sql.timestamp(now)}),
      sent_at = coalesce(j.sent_at, (select max(t.started_at) from attempt t where t.tenant_id = j.tenant_id and t.job_e_id = j.e_id)),
      last_error = null
    where j.tenant_id = ${of.tenantId} and j.e_id = ${of.jobEId}`);
};
