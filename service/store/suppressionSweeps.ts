/** What a sweep of the provider's suppression lists reads: the servers that have one, and a tenant's own entries. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const sweptServer = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  serverToken: z.string(),
  keyVersionId: z.string(),
  /** When the records of this provisioning were written: the server was new then. */
  listBegan: z.date(),
  /** How many servers of the tenant have a list. */
  servers: z.number().int(),
});
export type SweptServer = z.infer<typeof sweptServer>;

const hasList = sql.fragment`
  c.server_token is not null and c.key_version_id is not null and c.records_written_at is not null and c.operational not in ('REMOVING', 'REMOVED')`;

/** In a fixed order, beyond the configuration `after`; at most `limit`. */
export const sweptServers = (db: CommonQueryMethods, after: string, limit: number): Promise<readonly SweptServer[]> =>
  db.any(sql.type(sweptServer)`
    select c.tenant_id as "tenantId", c.e_id as "eId", c.server_token as "serverToken", c.key_version_id as "keyVersionId",
      c.records_written_at as "listBegan",
      (select count(*) from configuration c2 where c2.tenant_id = c.tenant_id and c2.server_token is not null)::int8 as servers
    from configuration c where ${hasList} and c.e_id > ${after}::uuid order by c.e_id limit ${limit}`);

const active = z.strictObject({ recipient: z.string(), reason: z.string(), origin: z.string(), since: z.date() });

export const activeSuppressions = (db: CommonQueryMethods, tenantId: string) =>
  db.any(sql.type(active)`
    select s.recipient, s.reason, s.origin, s.since from suppression_entry s where s.tenant_id = ${tenantId} and s.active`);

const release = z.strictObject({ recipient: z.string(), releasedAt: z.date() });

/** The last release of each of these recipients. */
export const lastReleases = (db: CommonQueryMethods, tenantId: string, recipients: readonly string[]) =>
  db.any(sql.type(release)`
    select s.recipient, max(s.released_at) as "releasedAt" from suppression_entry s
    where s.tenant_id = ${tenantId} and s.recipient = any(${sql.array([...recipients], 'text')}) and s.released_at is not null
    group by s.recipient`);
