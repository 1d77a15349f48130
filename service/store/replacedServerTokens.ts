/** Tokens of a server that we used until a person made another. Kept as SHA-256 for as long as Postmark still lists them. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const tokenedServer = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  serverId: z.number().int(),
  serverToken: z.string(),
  replacedHashes: z.array(z.string()),
});
export type TokenedServer = z.infer<typeof tokenedServer>;

/** Those of these servers that a configuration holds a token of. */
export const tokenedServers = (db: CommonQueryMethods, serverIds: readonly number[]): Promise<readonly TokenedServer[]> =>
  db.any(sql.type(tokenedServer)`
    select c.tenant_id as "tenantId", c.e_id as "eId", c.server_id as "serverId", c.server_token as "serverToken",
      array(select r.token_hash from replaced_server_token r where r.tenant_id = c.tenant_id and r.configuration_e_id = c.e_id) as "replacedHashes"
    from configuration c where c.server_id = any(${sql.array([...serverIds], 'int8')}) and c.server_token is not null`);

type Of = { tenantId: string; eId: string };

export const noteReplacedToken = async (db: CommonQueryMethods, { tenantId, eId }: Of, tokenHash: string, at: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into replaced_server_token (tenant_id, configuration_e_id, token_hash, replaced_at)
    values (${tenantId}, ${eId}, ${tokenHash}, ${sql.timestamp(at)})
    on conflict (tenant_id, configuration_e_id, token_hash) do nothing`);
};

/** Keeps only those that are still listed. */
export const forgetReplacedTokens = async (
  db: CommonQueryMethods,
  { tenantId, eId }: Of,
  listedHashes: readonly string[],
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    delete from replaced_server_token
    where tenant_id = ${tenantId} and configuration_e_id = ${eId} and not (token_hash = any(${sql.array([...listedHashes], 'text')}))`);
};

export const hasServerTokens = async (db: CommonQueryMethods): Promise<boolean> =>
  (await db.one(sql.typeAlias('flag')`select exists (select 1 from configuration c where c.server_token is not null) as flag`)).flag;
