/** Configurations as they are shown: the row, the live effect behind its wait, and counts of its mail, in one query. */
import { z } from 'zod';
import type { Configuration } from '../core/configuration/records.ts';
import type { LiveEffect } from '../core/configuration/waitingOn.ts';
import { configurationColumns, configurationRow } from './configurationRow.ts';
import type { After } from './keyset.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export type ConfigurationFacts = {
  configuration: Configuration;
  live: LiveEffect | null;
  /** SENDING and HELD. */
  inFlight: number;
  queued: number;
  /** Whether another configuration of the tenant can send. */
  otherCanSend: boolean;
};

const factsRow = configurationRow.extend({
  liveRunAt: z.date().nullable(),
  liveLastError: z.string().nullable(),
  liveSubmitted: z.boolean().nullable(),
  inFlight: z.number().int(),
  queued: z.number().int(),
  otherCanSend: z.boolean(),
});

const factsOf = (row: z.infer<typeof factsRow>): ConfigurationFacts => {
  const { liveRunAt, liveLastError, liveSubmitted, inFlight, queued, otherCanSend, ...configuration } = row;
  const live = liveRunAt === null ? null : { runAt: liveRunAt, lastError: liveLastError, zoneChangeSubmitted: liveSubmitted ?? false };
  return { configuration, live, inFlight, queued, otherCanSend };
};

/** The live effect is the earliest that is unsettled and of the present generation: older ones are superseded and say nothing. */
const factsColumns = sql.fragment`
  ${configurationColumns}, live.run_at as "liveRunAt", live.last_error as "liveLastError", live.submitted as "liveSubmitted",
  mail.in_flight as "inFlight", mail.queued,
  exists (
    select 1 from configuration o
    where o.tenant_id = c.tenant_id and o.e_id <> c.e_id and o.administrative = 'UNLOCKED' and o.operational in ('OK', 'DEGRADED')
  ) as "otherCanSend"`;
const factsJoins = sql.fragment`
  left join lateral (
    select e.run_at, e.last_error, exists (
      select 1 from zone_change z where z.tenant_id = e.tenant_id and z.effect_id = e.id and z.submitted_at is not null
    ) as submitted
    from effect e
    where e.tenant_id = c.tenant_id and e.configuration_e_id = c.e_id and e.settled_at is null and e.generation = c.generation
    order by e.run_at limit 1
  ) live on true
  cross join lateral (
    select
      (select count(*) from email_job j where j.tenant_id = c.tenant_id and j.configuration_e_id = c.e_id and j.status in ('SENDING', 'HELD')) as in_flight,
      (select count(*) from email_job j where j.configuration_e_id = c.e_id and j.status = 'QUEUED') as queued
  ) mail`;

const ofTenant = (tenantId: string | null) => (tenantId === null ? sql.fragment`true` : sql.fragment`c.tenant_id = ${tenantId}`);

/** `tenantId` null: of whichever tenant, for operators. */
export const readConfiguration = async (
  db: CommonQueryMethods,
  { tenantId, eId }: { tenantId: string | null; eId: string },
): Promise<ConfigurationFacts | null> => {
  const row = await db.maybeOne(sql.type(factsRow)`
    select ${factsColumns} from configuration c ${factsJoins} where ${ofTenant(tenantId)} and c.e_id = ${eId}`);
  return row === null ? null : factsOf(row);
};

export type ConfigurationFilter = { tenantId: string | null; slug: string | null; status: string | null };

const matching = ({ tenantId, slug, status }: ConfigurationFilter) => {
  // The derived status, as `statusOf` of core has it.
  const derived = sql.fragment`case when c.operational in ('OK', 'DEGRADED') then c.administrative else c.operational end`;
  const conditions = [
    ofTenant(tenantId),
    slug === null ? sql.fragment`true` : sql.fragment`c.sending_domain_slug = ${slug}`,
    status === null ? sql.fragment`true` : sql.fragment`${derived} = ${sql.literalValue(status)}`,
  ];
  return sql.join(conditions, sql.fragment` and `);
};

/** As a page has at most, and one more that tells whether there is another. */
const pageMax = 201;

/**
 * Newest first; at most `limit` (1 to 201) rows. The page is cut before anything is joined to it.
 *
 * The status and the longest page stand in the text itself: a plan that is kept for all values (statementNames.ts) would have to guess how rare a status
 * is, and takes an unknown limit for a tenth of the table.
 */
export const listConfigurations = async (
  db: CommonQueryMethods,
  { after, limit, ...filter }: ConfigurationFilter & { after: After | null; limit: number },
): Promise<ConfigurationFacts[]> => {
  const beyond =
    after === null ? sql.fragment`true` : sql.fragment`(c.created_at, c.e_id) < (${sql.timestamp(after.at)}, ${after.id}::uuid)`;
  const rows = await db.any(sql.type(factsRow)`
    with page as (
      select tenant_id, e_id, created_at from (
        select c.tenant_id, c.e_id, c.created_at from configuration c where ${matching(filter)} and ${beyond}
        order by c.created_at desc, c.e_id desc limit ${sql.literalValue(String(pageMax))}
      ) longest
      order by created_at desc, e_id desc limit ${limit}
    )
    select ${factsColumns}
    from page join configuration c on c.tenant_id = page.tenant_id and c.e_id = page.e_id ${factsJoins}
    order by page.created_at desc, page.e_id desc`);
  return rows.map(factsOf);
};
