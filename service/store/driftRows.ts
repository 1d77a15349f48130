/**
 * The rows that drift assertions hold against the outside, a page at a time. What is being provisioned, unwound or removed is left out: its tasks change the
 * outside at this moment, and judge it themselves.
 */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

export const watched = sql.fragment`c.operational in ('AWAITING_VERIFICATION', 'UNVERIFIED', 'OK', 'DEGRADED', 'FAILURE')`;

/** Up to the end of the key version in a sealed secret: `a1.k`, and a UUID. */
const sealedHead = 40;

/** Changes with everything that a check compares: a row that has moved on while the outside was read is not judged by what it was. */
export const mark = sql.fragment`
  concat_ws('|', c.generation, c.operational, c.server_id, c.webhook_id, extract(epoch from c.records_written_at), c.key_version_id,
    left(c.server_token, ${sealedHead}), left(c.routing_token, ${sealedHead}))`;

const dnsRow = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  mark: z.string(),
  slug: z.string(),
  serverId: z.number().int().nullable(),
  keyVersionId: z.string().nullable(),
  dkimName: z.string().nullable(),
  dkimValue: z.string().nullable(),
  returnPathName: z.string().nullable(),
  returnPathValue: z.string().nullable(),
  writtenAt: z.date(),
});
export type DnsRow = z.infer<typeof dnsRow>;

/** In the order of the zone (core/drift/zoneOrder.ts), beyond the place and row `after`. */
export const dnsRows = (db: CommonQueryMethods, after: { place: string; eId: string }, limit: number): Promise<readonly DnsRow[]> =>
  db.any(sql.type(dnsRow)`
    select c.tenant_id as "tenantId", c.e_id as "eId", ${mark} as mark, c.sending_domain_slug as slug, c.server_id as "serverId",
      c.key_version_id as "keyVersionId", c.dkim_name as "dkimName", c.dkim_value as "dkimValue", c.return_path_name as "returnPathName",
      c.return_path_value as "returnPathValue", c.records_written_at as "writtenAt"
    from configuration c
    where c.records_written_at is not null and ${watched}
      and ((c.sending_domain_slug || '.') collate "C", c.e_id) > (${after.place} collate "C", ${after.eId}::uuid)
    order by (c.sending_domain_slug || '.') collate "C", c.e_id limit ${limit}`);

export const countDnsRows = async (db: CommonQueryMethods): Promise<number> =>
  (
    await db.one(
      sql.typeAlias('count')`select count(*)::int8 as count from configuration c where c.records_written_at is not null and ${watched}`,
    )
  ).count;

export type MarkedRow = { tenantId: string; eId: string; mark: string };

/** Those that are still what they were when they were read. */
export const unchangedRows = async (db: CommonQueryMethods, rows: readonly MarkedRow[]): Promise<ReadonlySet<string>> => {
  const same = await db.any(sql.typeAlias('id')`
    select c.e_id as id
    from ${sql.unnest(
      rows.map(({ tenantId, eId, mark: was }) => [tenantId, eId, was]),
      ['text', 'uuid', 'text'],
    )} as w(tenant_id, e_id, mark)
    join configuration c on c.tenant_id = w.tenant_id and c.e_id = w.e_id and ${mark} = w.mark`);
  return new Set(same.map(({ id }) => id));
};
