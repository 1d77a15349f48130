/** Tenant keys: kept as SHA-256, shown once. A revoked key stays as a row, since history names who used it. */
import { z } from 'zod';
import type { After } from './keyset.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const tenantKeyRow = z.strictObject({
  tenantId: z.string(),
  id: z.string(),
  name: z.string(),
  createdAt: z.date(),
  createdBy: z.string(),
  lastUsedAt: z.date().nullable(),
});
export type TenantKey = z.infer<typeof tenantKeyRow>;

const columns = sql.fragment`
  k.tenant_id as "tenantId", k.id, k.name, k.created_at as "createdAt", k.created_by as "createdBy", k.last_used_at as "lastUsedAt"`;

const hashedKeyRow = tenantKeyRow.extend({ keyHash: z.string() });

/** By their hashes: SHA-256 of the key, hex. One that is unknown or revoked is missing. */
export const findTenantKeys = async (db: CommonQueryMethods, keyHashes: readonly string[]): Promise<ReadonlyMap<string, TenantKey>> => {
  const rows = await db.any(sql.type(hashedKeyRow)`
    select ${columns}, k.key_hash as "keyHash" from tenant_key k
    where k.key_hash = any(${sql.array([...keyHashes], 'text')}) and k.revoked_at is null`);
  return new Map(rows.map(({ keyHash, ...key }) => [keyHash, key]));
};

export const noteTenantKeyUse = async (db: CommonQueryMethods, { tenantId, id }: TenantKey, now: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update tenant_key set last_used_at = ${sql.timestamp(now)} where tenant_id = ${tenantId} and id = ${id}`);
};

export type NewTenantKey = { tenantId: string; id: string; name: string; keyHash: string; createdAt: Date; createdBy: string };

export const insertTenantKey = async (db: CommonQueryMethods, key: NewTenantKey): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into tenant_key (tenant_id, id, name, key_hash, created_at, created_by)
    values (${key.tenantId}, ${key.id}, ${key.name}, ${key.keyHash}, ${sql.timestamp(key.createdAt)}, ${key.createdBy})`);
};

/** Keys in force, newest first; at most `limit` rows. */
export const listTenantKeys = (
  db: CommonQueryMethods,
  { after, limit }: { after: After | null; limit: number },
): Promise<readonly TenantKey[]> =>
  db.any(sql.type(tenantKeyRow)`
    select ${columns} from tenant_key k
    where k.revoked_at is null
      and ${after === null ? sql.fragment`true` : sql.fragment`(k.created_at, k.id) < (${sql.timestamp(after.at)}, ${after.id}::uuid)`}
    order by k.created_at desc, k.id desc limit ${limit}`);

export type RevokeOutcome = { kind: 'revoked' | 'notFound' };

export const revokeTenantKey = async (db: CommonQueryMethods, id: string, now: Date): Promise<RevokeOutcome> => {
  const revoked = await db.maybeOne(sql.typeAlias('id')`
    update tenant_key set revoked_at = ${sql.timestamp(now)} where id = ${id} and revoked_at is null returning id`);
  return { kind: revoked === null ? 'notFound' : 'revoked' };
};
