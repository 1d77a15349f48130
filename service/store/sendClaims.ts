/**
 * The sender's statements. A claim moves QUEUED jobs to SENDING and records their attempts in one statement, before any call; it shares the
 * configuration's row with other claims and excludes `apply`, so that after a `force-lock` has committed no further claim is made.
 */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

/**
 * `waiting (id)`: the configurations that have something queued. Jumps from one to the next on the index, so that its cost grows with them and not with
 * their jobs; ends with a null.
 */
export const waitingConfigurations = sql.fragment`waiting as (
      (select j.configuration_e_id as id from email_job j where j.status = 'QUEUED' order by j.configuration_e_id limit 1)
      union all
      select (select j.configuration_e_id from email_job j where j.status = 'QUEUED' and j.configuration_e_id > w.id order by j.configuration_e_id limit 1)
      from waiting w where w.id is not null
    )`;

/**
 * What a force-lock takes back has not all been taken back yet: after an unlock that comes this soon, the old queue must not go out with the new. `c` is the
 * configuration.
 */
const cancelling = sql.fragment`exists (
        select 1 from effect x where x.tenant_id = c.tenant_id and x.configuration_e_id = c.e_id and x.settled_at is null and x.kind = 'cancel-in-flight')`;

const dueConfiguration = z.strictObject({ tenantId: z.string(), eId: z.string() });

/**
 * Sendable configurations with something due, in a fixed order that starts after `after`, so that all take turns.
 */
export const dueConfigurations = (db: CommonQueryMethods, now: Date, after: string, limit: number) =>
  db.any(sql.type(dueConfiguration)`
    with recursive ${waitingConfigurations}
    select c.tenant_id as "tenantId", c.e_id as "eId" from waiting w join configuration c on c.e_id = w.id
    where c.administrative = 'UNLOCKED' and c.operational in ('OK', 'DEGRADED')
      and exists (select 1 from email_job j where j.configuration_e_id = c.e_id and j.status = 'QUEUED' and j.next_attempt_at <= ${sql.timestamp(now)})
      and not exists (select 1 from provider_pause p where p.scope in ('account', 'server:' || c.server_id) and p.until > ${sql.timestamp(now)})
      and not ${cancelling}
    order by (c.e_id <= ${after}::uuid), c.e_id limit ${limit}`);

const claimedJob = z.strictObject({
  eId: z.string(),
  recipient: z.string(),
  attempts: z.number().int(),
  rungs: z.number().int(),
  fence: z.number().int(),
  requestId: z.string(),
  traceParent: z.string().nullable(),
  cancelRequested: z.boolean(),
});
export type ClaimedJob = z.infer<typeof claimedJob>;

export const claimJobs = (
  db: CommonQueryMethods,
  of: { tenantId: string; eId: string },
  holder: string,
  now: Date,
  limit: number,
): Promise<readonly ClaimedJob[]> =>
  db.any(sql.type(claimedJob)`
    with sendable as (
      select c.tenant_id, c.e_id from configuration c
      where c.tenant_id = ${of.tenantId} and c.e_id = ${of.eId} and c.administrative = 'UNLOCKED' and c.operational in ('OK', 'DEGRADED')
        and not ${cancelling}
      for share
    ), due as (
      select j.tenant_id, j.e_id from email_job j join sendable s on s.tenant_id = j.tenant_id and s.e_id = j.configuration_e_id
      where j.configuration_e_id = ${of.eId} and j.status = 'QUEUED' and j.next_attempt_at <= ${sql.timestamp(now)}
      order by j.next_attempt_at, j.e_id limit ${limit} for update of j skip locked
    ), claimed as (
      update email_job j set status = 'SENDING', holder = ${holder}, fence = j.fence + 1, attempts = j.attempts + 1, rungs = j.rungs + 1, looks = 0
      from due where j.tenant_id = due.tenant_id and j.e_id = due.e_id
      returning j.tenant_id, j.e_id, j.recipient, j.attempts, j.rungs, j.fence, j.request_id, j.trace_parent, j.cancel_requested, j.accepted_at
    ), recorded as (
      insert into attempt (tenant_id, job_e_id, number, started_at, batch_size)
      select k.tenant_id, k.e_id, k.attempts, ${sql.timestamp(now)}, (select count(*) from claimed) from claimed k
    )
    select k.e_id as "eId", k.recipient, k.attempts, k.rungs, k.fence, k.request_id as "requestId", k.trace_parent as "traceParent",
      k.cancel_requested as "cancelRequested"
    from claimed k order by k.accepted_at, k.e_id`);

const stillClaimed = z.strictObject({ eId: z.string(), fence: z.number().int(), takenBack: z.boolean() });

/**
 * Those of the jobs that are under way for this holder; one that is missing was taken from it, or has ended. `takenBack`: a force-lock or a removal does not
 * want it any more, from the moment that it has committed.
 */
export const findClaimedJobs = (db: CommonQueryMethods, tenantId: string, holder: string, jobEIds: readonly string[]) =>
  db.any(sql.type(stillClaimed)`
    select j.e_id as "eId", j.fence, j.cancel_requested or ${cancelling} as "takenBack"
    from email_job j join configuration c on c.tenant_id = j.tenant_id and c.e_id = j.configuration_e_id
    where j.tenant_id = ${tenantId} and j.e_id = any(${sql.array([...jobEIds], 'uuid')}) and j.status = 'SENDING' and j.holder = ${holder}`);

const payloadRow = z.strictObject({ jobEId: z.string(), payload: z.json() });

export const readPayloads = (db: CommonQueryMethods, tenantId: string, jobEIds: readonly string[]) =>
  db.any(sql.type(payloadRow)`
    select p.job_e_id as "jobEId", p.payload from email_payload p
    where p.tenant_id = ${tenantId} and p.job_e_id = any(${sql.array([...jobEIds], 'uuid')})`);
