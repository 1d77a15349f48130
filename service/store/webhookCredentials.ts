/** What each server's webhook was last given. Written after Postmark's own answer showed it; without a row nothing is known, which counts as old. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

/** Not known to be anything: counts as old in every rotation. */
export const unknownCredential = '';

export const noteCredential = async (
  db: CommonQueryMethods,
  { tenantId, eId, fingerprint, at }: { tenantId: string; eId: string; fingerprint: string; at: Date },
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into webhook_credential (tenant_id, configuration_e_id, fingerprint, written_at)
    values (${tenantId}, ${eId}, ${fingerprint}, ${sql.timestamp(at)})
    on conflict (tenant_id, configuration_e_id) do update set fingerprint = excluded.fingerprint, written_at = excluded.written_at`);
};

/** A webhook that is ours and is called: installed, and not being taken back. */
const hasWebhook = sql.fragment`c.webhook_id is not null and c.server_token is not null and c.server_id is not null`;
const joined = sql.fragment`
  left join webhook_credential w on w.tenant_id = c.tenant_id and w.configuration_e_id = c.e_id
  left join rotation_trouble t on t.tenant_id = c.tenant_id and t.configuration_e_id = c.e_id and t.kind = 'webhook-credential'`;
const isStale = (fingerprint: string) => sql.fragment`w.fingerprint is distinct from ${fingerprint}`;

const webhookOwner = z.strictObject({ tenantId: z.string(), eId: z.string() });

/** Configurations whose webhook presents something else than `fingerprint`, in the order of their ids, beyond `after`; at most `limit`. */
export const staleWebhooks = (db: CommonQueryMethods, fingerprint: string, after: string, limit: number) =>
  db.any(sql.type(webhookOwner)`
    select c.tenant_id as "tenantId", c.e_id as "eId" from configuration c ${joined}
    where c.e_id > ${after}::uuid and ${hasWebhook} and ${isStale(fingerprint)} order by c.e_id limit ${limit}`);

const counts = z.strictObject({
  total: z.number().int(),
  stale: z.number().int(),
  lasting: z.number().int(),
  passing: z.number().int(),
  lastWrittenAt: z.date().nullable(),
});

/** `lasting` and `passing`: of the stale ones, those with a trouble that an operator must mend, and those that are tried again. */
export const countStaleWebhooks = (db: CommonQueryMethods, fingerprint: string) =>
  db.one(sql.type(counts)`
    select count(*)::int8 as total, (count(*) filter (where ${isStale(fingerprint)}))::int8 as stale,
      (count(*) filter (where ${isStale(fingerprint)} and t.lasting))::int8 as lasting,
      (count(*) filter (where ${isStale(fingerprint)} and not t.lasting))::int8 as passing, max(w.written_at) as "lastWrittenAt"
    from configuration c ${joined} where ${hasWebhook}`);

const named = z.strictObject({
  tenantId: z.string(),
  configurationEId: z.string(),
  serverId: z.number().int().nullable(),
  code: z.string().nullable(),
  detail: z.string().nullable(),
});

export const listStaleWebhooks = (db: CommonQueryMethods, fingerprint: string, limit: number) =>
  db.any(sql.type(named)`
    select c.tenant_id as "tenantId", c.e_id as "configurationEId", c.server_id as "serverId", t.code, t.detail
    from configuration c ${joined} where ${hasWebhook} and ${isStale(fingerprint)} order by c.e_id limit ${limit}`);
