/** Rows with the sealed token of their server, for assertions that ask each server by itself. */
import { z } from 'zod';
import { mark, watched } from './driftRows.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const tokenRowShape = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  mark: z.string(),
  serverId: z.number().int(),
  serverToken: z.string(),
  routingToken: z.string(),
  keyVersionId: z.string().nullable(),
  /** When the records of this provisioning were written: the server was new then. */
  listBegan: z.date(),
  /** How many servers of the tenant have a list. */
  servers: z.number().int(),
});
export type TokenRow = z.infer<typeof tokenRowShape>;

const hasToken = sql.fragment`
  c.server_id is not null and c.server_token is not null and c.webhook_id is not null and c.records_written_at is not null and ${watched}`;

const tokenColumns = sql.fragment`
  c.tenant_id as "tenantId", c.e_id as "eId", ${mark} as mark, c.server_id as "serverId", c.server_token as "serverToken",
  c.routing_token as "routingToken", c.key_version_id as "keyVersionId", c.records_written_at as "listBegan",
  (select count(*) from configuration c2 where c2.tenant_id = c.tenant_id and c2.server_token is not null)::int8 as servers`;

/** In the order of their ids, beyond `after`. */
export const tokenRows = (db: CommonQueryMethods, after: string, limit: number): Promise<readonly TokenRow[]> =>
  db.any(sql.type(tokenRowShape)`
    select ${tokenColumns} from configuration c where ${hasToken} and c.e_id > ${after}::uuid order by c.e_id limit ${limit}`);

/** Null when it holds none now, or is on its way somewhere. */
export const tokenRow = (db: CommonQueryMethods, { tenantId, eId }: { tenantId: string; eId: string }): Promise<TokenRow | null> =>
  db.maybeOne(sql.type(tokenRowShape)`
    select ${tokenColumns} from configuration c where ${hasToken} and c.tenant_id = ${tenantId} and c.e_id = ${eId}`);

/** Rows beyond the id `after`. */
export const countTokenRows = async (db: CommonQueryMethods, after: string): Promise<number> =>
  (await db.one(sql.typeAlias('count')`select count(*)::int8 as count from configuration c where ${hasToken} and c.e_id > ${after}::uuid`))
    .count;

const settingsRow = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  mark: z.string(),
  slug: z.string(),
  serverId: z.number().int(),
  keyVersionId: z.string().nullable(),
});

/** The rows of these servers. */
export const rowsOfServers = (db: CommonQueryMethods, serverIds: readonly number[]): Promise<readonly z.infer<typeof settingsRow>[]> =>
  db.any(sql.type(settingsRow)`
    select c.tenant_id as "tenantId", c.e_id as "eId", ${mark} as mark, c.sending_domain_slug as slug, c.server_id as "serverId",
      c.key_version_id as "keyVersionId"
    from configuration c where c.server_id = any(${sql.array([...serverIds], 'int8')}) and ${watched}`);
