/** Rows and the servers they name, for holding the two against each other in both directions. */
import { z } from 'zod';
import { mark, watched } from './driftRows.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

/** Those of the servers that no row names, neither as its server nor as one that it has retired. */
export const unownedServers = async (db: CommonQueryMethods, serverIds: readonly number[]): Promise<ReadonlySet<number>> => {
  const wanted = sql.array([...serverIds], 'int8');
  const unowned = await db.any(sql.type(z.strictObject({ serverId: z.number().int() }))`
    select w.id as "serverId" from unnest(${wanted}) as w (id)
    where not exists (select 1 from configuration c where c.server_id = w.id)
      and not exists (select 1 from configuration c where c.retired_server_ids <> '{}' and c.retired_server_ids @> array[w.id])`);
  return new Set(unowned.map(({ serverId }) => serverId));
};

/** Those of the servers whose row gave them another name. */
export const renamedServers = async (
  db: CommonQueryMethods,
  servers: readonly { serverId: number; name: string }[],
): Promise<ReadonlySet<number>> => {
  const renamed = await db.any(sql.type(z.strictObject({ serverId: z.number().int() }))`
    select w.id as "serverId"
    from ${sql.unnest(
      servers.map(({ serverId, name }) => [serverId, name]),
      ['int8', 'text'],
    )} as w (id, name)
    join configuration c on c.server_id = w.id and c.server_name is distinct from w.name`);
  return new Set(renamed.map(({ serverId }) => serverId));
};

/** Those of the slugs whose configuration may be making or releasing a server at this moment, or has never learned what became of one. */
export const slugsInTheMaking = async (db: CommonQueryMethods, slugs: readonly string[]): Promise<ReadonlySet<string>> => {
  const making = await db.any(sql.typeAlias('id')`
    select c.sending_domain_slug as id from configuration c
    where c.sending_domain_slug = any(${sql.array([...slugs], 'text')}) and c.operational <> 'REMOVED'
      and (c.operational in ('PROVISIONING', 'REMOVING') or exists (
        select 1 from effect e
        where e.tenant_id = c.tenant_id and e.configuration_e_id = c.e_id and e.kind = 'create-server' and e.intent_at is not null))`);
  return new Set(making.map(({ id }) => id));
};

const serverRow = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  mark: z.string(),
  serverId: z.number().int(),
  serverName: z.string(),
  keyVersionId: z.string().nullable(),
});
export type ServerRow = z.infer<typeof serverRow>;

const namesServer = sql.fragment`c.server_id is not null and c.server_name is not null and ${watched}`;

/** Rows whose server is beyond `after` and up to `upTo` (null: to the end), and none of `listed`. */
export const unlistedRows = (
  db: CommonQueryMethods,
  { after, upTo }: { after: number; upTo: number | null },
  listed: readonly number[],
): Promise<readonly ServerRow[]> =>
  db.any(sql.type(serverRow)`
    select c.tenant_id as "tenantId", c.e_id as "eId", ${mark} as mark, c.server_id as "serverId", c.server_name as "serverName",
      c.key_version_id as "keyVersionId"
    from configuration c
    where c.server_id > ${after} and ${upTo === null ? sql.fragment`true` : sql.fragment`c.server_id <= ${upTo}`} and ${namesServer}
      and c.server_id <> all(${sql.array([...listed], 'int8')})`);

export const countServerRows = async (db: CommonQueryMethods): Promise<number> =>
  (await db.one(sql.typeAlias('count')`select count(*)::int8 as count from configuration c where ${namesServer}`)).count;
