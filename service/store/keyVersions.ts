/** Which key version seals what. The truth is the sealed text itself, which names its version; a configuration holds two, and both count. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const usage = z.strictObject({ header: z.string(), count: z.number().int() });

/** `a1.k{keyVersionId}`; empty for a text that does not begin like one. */
const header = (column: 'server_token' | 'routing_token') => {
  const name = sql.identifier(['c', column]);
  return sql.fragment`case when ${name} is not null then coalesce(substring(${name} from '^([a-z][a-z0-9]*\.k[0-9A-Za-z-]+):'), '') end`;
};

/** How many configurations hold a secret that begins with each header. */
export const rowsByHeader = (db: CommonQueryMethods) =>
  db.any(sql.type(usage)`
    select h.header, count(*)::int8 as count from configuration c
    cross join lateral (
      select distinct v.header from (values (${header('server_token')}), (${header('routing_token')})) as v (header) where v.header is not null
    ) h
    group by h.header`);

/** Begins otherwise than `prefix`: sealed under another version, or by another release. */
const isStale = (prefix: string) => sql.fragment`
  (not starts_with(c.routing_token, ${prefix}) or (c.server_token is not null and not starts_with(c.server_token, ${prefix})))`;

const sealedRow = z.strictObject({ tenantId: z.string(), eId: z.string(), serverToken: z.string().nullable(), routingToken: z.string() });
export type SealedRow = z.infer<typeof sealedRow>;

/** Configurations with a secret that does not begin with `prefix`, in the order of their ids, beyond `after`; at most `limit`. */
export const staleSecrets = (db: CommonQueryMethods, prefix: string, after: string, limit: number): Promise<readonly SealedRow[]> =>
  db.any(sql.type(sealedRow)`
    select c.tenant_id as "tenantId", c.e_id as "eId", c.server_token as "serverToken", c.routing_token as "routingToken"
    from configuration c where c.e_id > ${after}::uuid and ${isStale(prefix)} order by c.e_id limit ${limit}`);

const troubleOf = sql.fragment`
  left join rotation_trouble t on t.tenant_id = c.tenant_id and t.configuration_e_id = c.e_id and t.kind = 're-encrypt'`;
const counts = z.strictObject({ total: z.number().int(), stale: z.number().int(), lasting: z.number().int(), passing: z.number().int() });

/** `lasting` and `passing`: of the stale ones, those with a trouble that an operator must mend, and those that are tried again. */
export const countStaleSecrets = (db: CommonQueryMethods, prefix: string) =>
  db.one(sql.type(counts)`
    select count(*)::int8 as total, (count(*) filter (where ${isStale(prefix)}))::int8 as stale,
      (count(*) filter (where ${isStale(prefix)} and t.lasting))::int8 as lasting,
      (count(*) filter (where ${isStale(prefix)} and not t.lasting))::int8 as passing
    from configuration c ${troubleOf}`);

const named = z.strictObject({
  tenantId: z.string(),
  configurationEId: z.string(),
  header: z.string(),
  code: z.string().nullable(),
  detail: z.string().nullable(),
});

/** The same configurations for a reader, each with what kept it from being sealed anew, if anything was tried. */
export const listStaleSecrets = (db: CommonQueryMethods, prefix: string, limit: number) =>
  db.any(sql.type(named)`
    select c.tenant_id as "tenantId", c.e_id as "configurationEId",
      coalesce(case when starts_with(c.server_token, ${prefix}) then null else ${header('server_token')} end, ${header('routing_token')}) as header,
      t.code, t.detail
    from configuration c ${troubleOf} where ${isStale(prefix)} order by c.e_id limit ${limit}`);
