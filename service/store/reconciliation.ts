/** What a start or a tick looks for: configurations that should have work waiting and have none. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';
import { waitingConfigurations } from './sendClaims.ts';

const stranded = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  generation: z.number().int(),
  operational: z.string(),
  step: z.string().nullable(),
});

/** PROVISIONING, AWAITING_VERIFICATION or REMOVING without a live effect of the present generation. */
export const findStranded = (db: CommonQueryMethods, limit: number) =>
  db.any(sql.type(stranded)`
    select c.tenant_id as "tenantId", c.e_id as "eId", c.generation, c.operational, c.step from configuration c
    where c.operational in ('PROVISIONING', 'AWAITING_VERIFICATION', 'REMOVING')
      and not exists (
        select 1 from effect e
        where e.tenant_id = c.tenant_id and e.configuration_e_id = c.e_id and e.settled_at is null and e.generation = c.generation
          and e.kind not in ('check-drain', 'cancel-in-flight', 'report-failure'))
    limit ${limit}`);

const locking = z.strictObject({ tenantId: z.string(), eId: z.string(), generation: z.number().int() });

/** LOCKING without a live drain check. */
export const findUndrained = (db: CommonQueryMethods, limit: number) =>
  db.any(sql.type(locking)`
    select c.tenant_id as "tenantId", c.e_id as "eId", c.generation from configuration c
    where c.administrative = 'LOCKING'
      and not exists (
        select 1 from effect e
        where e.tenant_id = c.tenant_id and e.configuration_e_id = c.e_id and e.settled_at is null and e.kind = 'check-drain')
    limit ${limit}`);

const due = z.strictObject({ exact: z.date().nullable(), poll: z.date().nullable() });

/**
 * When the next thing falls due, for a virtual clock that steps from one to the next. Jobs and look-ups must be stepped at exactly; an effect is a
 * repeated look. Jobs that wait for an operator (not sendable) or for the provider (paused) fall due with that, not by time passing.
 */
export const nextDue = (db: CommonQueryMethods, now: Date) =>
  db.one(sql.type(due)`
    with recursive ${waitingConfigurations}
    select least(
        (select min(first.next_attempt_at) from waiting w join configuration c on c.e_id = w.id
          cross join lateral (
            select j.next_attempt_at from email_job j where j.configuration_e_id = c.e_id and j.status = 'QUEUED' order by j.next_attempt_at limit 1
          ) first
          where c.administrative = 'UNLOCKED' and c.operational in ('OK', 'DEGRADED')
            and not exists (select 1 from provider_pause p where p.until > ${sql.timestamp(now)} and p.scope in ('account', 'server:' || c.server_id))),
        (select min(j.next_attempt_at) from email_job j where j.status = 'HELD' and j.holder is null),
        (select min(p.until) from provider_pause p where p.until > ${sql.timestamp(now)})
      ) as exact,
      least(
        (select min(e.run_at) from effect e where e.settled_at is null and e.holder is null and e.kind <> 'check-verification'),
        (select min(e.run_at) from effect e where e.settled_at is null and e.holder is null and e.kind = 'check-verification')
      ) as poll`);
