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

/** A record that a row may agree with to the letter; names and values as the port gives them. */
export type ListedRecord = { name: string; type: string; value: string };

const inZone = sql.fragment`c.records_written_at is not null and ${watched}`;
/** In Route 53's order (core/drift/zoneOrder.ts). */
const place = sql.fragment`(c.sending_domain_slug || '.') collate "C"`;

/**
 * Of the rows beyond the place `after` and up to `upTo` (null: to the end), those whose two records are not both among `listed`. What agrees to the letter
 * never leaves the database; what does not is for the checks to judge.
 */
export const disagreeingRows = (
  db: CommonQueryMethods,
  { after, upTo }: { after: string; upTo: string | null },
  listed: readonly ListedRecord[],
): Promise<readonly DnsRow[]> =>
  db.any(sql.type(dnsRow)`
    with listed as materialized (
      select * from ${sql.unnest(
        listed.map(({ name, type, value }) => [name, type, value]),
        ['text', 'text', 'text'],
      )} as l (name, type, value)
    )
    select c.tenant_id as "tenantId", c.e_id as "eId", ${mark} as mark, c.sending_domain_slug as slug, c.server_id as "serverId",
      c.key_version_id as "keyVersionId", c.dkim_name as "dkimName", c.dkim_value as "dkimValue", c.return_path_name as "returnPathName",
      c.return_path_value as "returnPathValue", c.records_written_at as "writtenAt"
    from configuration c
    where ${inZone} and ${place} > ${after} and ${upTo === null ? sql.fragment`true` : sql.fragment`${place} <= ${upTo}`}
      and not ((lower(c.dkim_name), c.dkim_value) in (select l.name, l.value from listed l where l.type = 'TXT')
        and (lower(c.return_path_name), c.return_path_value) in (select l.name, l.value from listed l where l.type = 'CNAME'))`);

/** Rows beyond the place `after`. */
export const countRowsInZone = async (db: CommonQueryMethods, after: string): Promise<number> =>
  (await db.one(sql.typeAlias('count')`select count(*)::int8 as count from configuration c where ${inZone} and ${place} > ${after}`)).count;

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
