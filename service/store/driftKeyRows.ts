/** Rows and the key versions that their secrets are sealed under, as the sealed texts themselves say. */
import { z } from 'zod';
import { mark } from './driftRows.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const keyOf = (column: 'server_token' | 'routing_token') =>
  sql.fragment`substring(${sql.identifier(['c', column])} from '^[a-z][a-z0-9]*\\.k([0-9A-Za-z-]+):')`;

const keysOf = sql.fragment`array_remove(array[c.key_version_id::text, ${keyOf('server_token')}, ${keyOf('routing_token')}], null)`;

/** What is removed keeps its secrets, and nobody opens them any more. */
const inUse = sql.fragment`c.operational <> 'REMOVED'`;

export const keyVersionsInUse = async (db: CommonQueryMethods): Promise<string[]> => {
  const used = await db.any(sql.typeAlias('id')`
    select distinct k.id from configuration c cross join lateral unnest(${keysOf}) as k (id) where ${inUse}`);
  return used.map(({ id }) => id);
};

const keyRow = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  mark: z.string(),
  serverId: z.number().int().nullable(),
  keyVersionIds: z.array(z.string()),
});
export type KeyRow = z.infer<typeof keyRow>;

/** Rows that name one of these key versions, in the order of their ids, beyond `after`. */
export const rowsOfKeyVersions = (
  db: CommonQueryMethods,
  keyVersionIds: readonly string[],
  after: string,
  limit: number,
): Promise<readonly KeyRow[]> =>
  db.any(sql.type(keyRow)`
    select c.tenant_id as "tenantId", c.e_id as "eId", ${mark} as mark, c.server_id as "serverId", ${keysOf} as "keyVersionIds"
    from configuration c
    where c.e_id > ${after}::uuid and ${inUse} and ${keysOf} && ${sql.array([...keyVersionIds], 'text')}
    order by c.e_id limit ${limit}`);

/** The key versions that one row's secrets are sealed under. */
export const keysOfRow = async (db: CommonQueryMethods, { tenantId, eId }: { tenantId: string; eId: string }): Promise<string[]> => {
  const row = await db.one(sql.type(z.strictObject({ keyVersionIds: z.array(z.string()) }))`
    select ${keysOf} as "keyVersionIds" from configuration c where c.tenant_id = ${tenantId} and c.e_id = ${eId}`);
  return row.keyVersionIds;
};

export const countKeyRows = async (db: CommonQueryMethods): Promise<number> =>
  (await db.one(sql.typeAlias('count')`select count(*)::int8 as count from configuration c where ${inUse}`)).count;
