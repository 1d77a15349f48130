/** Record changes on their way to a zone: asked for by tasks, gathered and written by the zone's one writer. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

export type ZoneChangeRequest = {
  id: string;
  action: 'UPSERT' | 'DELETE';
  name: string;
  type: 'TXT' | 'CNAME';
  ttl: number;
  values: readonly string[];
};

const zoneChange = z.strictObject({
  tenantId: z.string(),
  id: z.string(),
  action: z.enum(['UPSERT', 'DELETE']),
  name: z.string(),
  type: z.enum(['TXT', 'CNAME']),
  ttl: z.number().int(),
  values: z.array(z.string()),
  changeId: z.string().nullable(),
});
export type ZoneChangeRow = z.infer<typeof zoneChange>;

/** Asking twice for the same effect changes nothing. */
export const requestZoneChanges = async (
  db: CommonQueryMethods,
  of: { tenantId: string; configurationEId: string; effectId: string; zoneId: string },
  changes: readonly ZoneChangeRequest[],
): Promise<void> => {
  const rows = changes.map(({ id, action, name, type, ttl, values }) => [id, action, name, type, ttl, JSON.stringify(values)]);
  await db.query(sql.typeAlias('void')`
    insert into zone_change (tenant_id, id, zone_id, configuration_e_id, effect_id, action, name, type, ttl, record_values)
    select ${of.tenantId}, r.id, ${of.zoneId}, ${of.configurationEId}::uuid, ${of.effectId}::uuid, r.action, r.name, r.type, r.ttl,
      array(select jsonb_array_elements_text(r.values))
    from ${sql.unnest(rows, ['uuid', 'text', 'text', 'text', 'int4', 'jsonb'])} as r(id, action, name, type, ttl, values)
    on conflict (tenant_id, effect_id, action, name, type) do nothing`);
};

const progress = z.strictObject({
  requested: z.number().int(),
  submitted: z.number().int(),
  inSync: z.number().int(),
  changeId: z.string().nullable(),
  failedCode: z.string().nullable(),
  failedDetail: z.string().nullable(),
});

/** How far the changes of one effect have come. */
export const zoneChangeProgress = (db: CommonQueryMethods, tenantId: string, effectId: string) =>
  db.one(sql.type(progress)`
    select count(*)::int8 as requested, count(z.submitted_at)::int8 as submitted, count(z.in_sync_at)::int8 as "inSync",
      max(z.change_id) as "changeId", max(z.failed_code) as "failedCode", max(z.failed_detail) as "failedDetail"
    from zone_change z where z.tenant_id = ${tenantId} and z.effect_id = ${effectId}`);

/** Neither in sync nor refused: what is done is by far the most, and the index of the others leaves it out. */
const openOf = (zoneId: string) => sql.fragment`z.zone_id = ${zoneId} and z.in_sync_at is null and z.failed_code is null`;

/** Whether the zone's writer has anything to send or to follow. */
export const hasOpenZoneChanges = async (db: CommonQueryMethods, zoneId: string): Promise<boolean> => {
  const { flag } = await db.one(sql.typeAlias('flag')`
    select exists (select 1 from zone_change z where ${openOf(zoneId)}) as flag`);
  return flag;
};

/** Times `coalesceMs`. */
const longestGathering = 4;

/**
 * Changes that nobody has sent yet, oldest first, once the oldest has waited `coalesceMs` (process time). While more keep coming it waits for them, up to
 * four times as long: a fleet that is provisioned at once then costs a batch a second, and one configuration alone never waits longer.
 */
export const gatherZoneChanges = (db: CommonQueryMethods, zoneId: string, coalesceMs: number, limit: number) =>
  db.any(sql.type(zoneChange)`
    select z.tenant_id as "tenantId", z.id, z.action, z.name, z.type, z.ttl, z.record_values as "values", z.change_id as "changeId"
    from zone_change z
    where ${openOf(zoneId)} and z.change_id is null
      and (
        select max(z.requested_at) <= clock_timestamp() - make_interval(secs => ${coalesceMs / 1000})
          or min(z.requested_at) <= clock_timestamp() - make_interval(secs => ${(coalesceMs * longestGathering) / 1000})
          or count(*) >= ${limit}
        from zone_change z where ${openOf(zoneId)} and z.change_id is null
      )
    order by z.requested_at, z.id limit ${limit}`);

const ids = (rows: readonly ZoneChangeRow[]) =>
  sql.array(
    rows.map(({ id }) => id),
    'uuid',
  );

export const markSubmitted = async (
  db: CommonQueryMethods,
  zoneId: string,
  rows: readonly ZoneChangeRow[],
  changeId: string,
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update zone_change z set change_id = ${changeId}, submitted_at = clock_timestamp()
    where ${openOf(zoneId)} and z.id = any(${ids(rows)}) and z.change_id is null`);
};

export const markFailed = async (
  db: CommonQueryMethods,
  zoneId: string,
  rows: readonly ZoneChangeRow[],
  code: string,
  detail: string,
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update zone_change z set failed_code = ${code}, failed_detail = ${detail}
    where ${openOf(zoneId)} and z.id = any(${ids(rows)}) and z.change_id is null`);
};

/** Changes sent and not yet known to be on every name server. */
export const pendingChangeIds = async (db: CommonQueryMethods, zoneId: string): Promise<string[]> => {
  const rows = await db.any(sql.typeAlias('id')`
    select distinct z.change_id as id from zone_change z
    where ${openOf(zoneId)} and z.change_id is not null`);
  return rows.map(({ id }) => id);
};

/** The effects whose changes every name server now has may go on at once. A refusal wakes nobody: it would be repeated as fast as it is answered. */
export const markInSync = async (db: CommonQueryMethods, zoneId: string, changeId: string, now: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    with arrived as (
      update zone_change z set in_sync_at = clock_timestamp() where ${openOf(zoneId)} and z.change_id = ${changeId}
      returning z.tenant_id, z.effect_id
    )
    update effect e set run_at = ${sql.timestamp(now)}
    from (select distinct a.tenant_id, a.effect_id from arrived a) a
    where e.tenant_id = a.tenant_id and e.id = a.effect_id and e.settled_at is null and e.run_at > ${sql.timestamp(now)}`);
};

/** Before asking anew: what an effect asked for is finished, or failed. */
export const forgetZoneChanges = async (db: CommonQueryMethods, tenantId: string, effectId: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`delete from zone_change z where z.tenant_id = ${tenantId} and z.effect_id = ${effectId}`);
};

/** What other effects of a configuration asked for and nobody has sent. A change that is on its way counts: it is marked as sent only when it was answered. */
export const hasUnsentChanges = async (
  db: CommonQueryMethods,
  of: { tenantId: string; configurationEId: string; exceptEffectId: string },
): Promise<boolean> => {
  const { flag } = await db.one(sql.typeAlias('flag')`
    select exists (
      select 1 from zone_change z where z.tenant_id = ${of.tenantId} and z.configuration_e_id = ${of.configurationEId}
        and z.effect_id <> ${of.exceptEffectId} and z.change_id is null and z.failed_code is null
    ) as flag`);
  return flag;
};

/** Only under the zone's lock: then no writer is about to send them. */
export const forgetUnsentChanges = async (
  db: CommonQueryMethods,
  of: { tenantId: string; configurationEId: string; exceptEffectId: string },
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    delete from zone_change z where z.tenant_id = ${of.tenantId} and z.configuration_e_id = ${of.configurationEId}
      and z.effect_id <> ${of.exceptEffectId} and z.change_id is null`);
};
