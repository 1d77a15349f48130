/** What plans are made of and what was accepted of them. */
import { z } from 'zod';
import { driftClasses, driftTags } from '../core/drift/findings.ts';
import { type Correction, correctionKinds, type PlannedFinding } from '../core/drift/plan.ts';
import { mark } from './driftRows.ts';
import { type CommonQueryMethods, type DatabaseTransactionConnection, sql } from './pool.ts';

const evidence = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]));

const planned = z.strictObject({
  id: z.string(),
  tag: z.enum(driftTags),
  subject: z.string(),
  class: z.enum(driftClasses),
  tenantId: z.string().nullable(),
  eId: z.string().nullable(),
  postmarkServerId: z.number().int().nullable(),
  evidence,
  openedAt: z.date(),
  mark: z.string().nullable(),
});

/** Open, not quiet, and not seen since a correction of it was accepted; oldest first. */
export const plannedFindings = (db: CommonQueryMethods, limit: number): Promise<readonly Omit<PlannedFinding, 'adopter'>[]> =>
  db.any(sql.type(planned)`
    select f.id, f.tag, f.subject, f.class, f.tenant_id as "tenantId", f.context ->> 'eId' as "eId",
      (f.context ->> 'postmarkServerId')::int8 as "postmarkServerId", f.evidence, f.opened_at as "openedAt",
      (select ${mark} from configuration c where c.tenant_id = f.tenant_id and c.e_id = (f.context ->> 'eId')::uuid) as mark
    from drift_finding f
    left join drift_correction k on k.id = f.correction_id
    where f.resolved_at is null and f.quiet_until is null and (k.id is null or (k.ended_at is not null and k.ended_at < f.last_seen_at))
    order by f.opened_at, f.id limit ${limit}`);

const waitingForName = z.strictObject({ slug: z.string(), tenantId: z.string(), eId: z.string() });

/** MISSING, because a server stood under their name. */
export const refusedBySlug = (db: CommonQueryMethods, slugs: readonly string[]) =>
  db.any(sql.type(waitingForName)`
    select c.sending_domain_slug as slug, c.tenant_id as "tenantId", c.e_id as "eId" from configuration c
    where c.sending_domain_slug = any(${sql.array([...slugs], 'text')}) and c.operational = 'MISSING' and c.last_failure_code = 'postmark_orphan_server'`);

const keptFinding = z.strictObject({
  id: z.string(),
  tag: z.enum(driftTags),
  subject: z.string(),
  class: z.enum(driftClasses),
  evidence,
});
type KeptFinding = z.infer<typeof keptFinding>;

export const acceptCorrection = async (
  db: DatabaseTransactionConnection,
  id: string,
  { kind, tenantId, eId, postmarkServerId, findings }: Correction,
  of: { planId: string; author: string; requestId: string; at: Date },
): Promise<void> => {
  const kept = findings.map(({ id: findingId, tag, subject, class: kindOfFinding, evidence: seen }): KeptFinding => {
    return { id: findingId, tag, subject, class: kindOfFinding, evidence: { ...seen } as KeptFinding['evidence'] };
  });
  await db.query(sql.typeAlias('void')`
    insert into drift_correction (id, plan_id, kind, tenant_id, configuration_e_id, postmark_server_id, findings, author, request_id, accepted_at)
    values (${id}, ${of.planId}, ${kind}, ${tenantId}, ${eId}, ${postmarkServerId}, ${sql.jsonb(kept)}, ${of.author}, ${of.requestId},
      ${sql.timestamp(of.at)})`);
  await db.query(sql.typeAlias('void')`
    update drift_finding f set correction_id = ${id}
    where f.id = any(${sql.array(
      kept.map(({ id: findingId }) => findingId),
      'uuid',
    )})`);
};

const waiting = z.strictObject({
  id: z.string(),
  planId: z.string(),
  kind: z.enum(correctionKinds),
  tenantId: z.string().nullable(),
  eId: z.string().nullable(),
  postmarkServerId: z.number().int().nullable(),
  findings: z.array(keptFinding),
  author: z.string(),
  requestId: z.string(),
  /** Whether a process that died had begun it. */
  begunBefore: z.boolean(),
  begunAt: z.date(),
});
export type WaitingCorrection = z.infer<typeof waiting>;

/** The oldest that has not ended. Only under the lock of the runs. */
export const beginCorrection = (db: CommonQueryMethods, at: Date): Promise<WaitingCorrection | null> =>
  db.maybeOne(sql.type(waiting)`
    update drift_correction k set begun_at = coalesce(k.begun_at, ${sql.timestamp(at)})
    where k.id = (select w.id from drift_correction w where w.ended_at is null order by w.accepted_at, w.id limit 1)
    returning k.id, k.plan_id as "planId", k.kind, k.tenant_id as "tenantId", k.configuration_e_id as "eId",
      k.postmark_server_id as "postmarkServerId", k.findings, k.author, k.request_id as "requestId", (old.begun_at is not null) as "begunBefore", k.begun_at as "begunAt"`);

export type CorrectionOutcome = { outcome: 'done' | 'failed' | 'moved'; detail: string | null };

export const endCorrection = async (
  db: CommonQueryMethods,
  id: string,
  { outcome, detail }: CorrectionOutcome,
  at: Date,
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update drift_correction k set ended_at = ${sql.timestamp(at)}, outcome = ${outcome}, detail = ${detail} where k.id = ${id} and k.ended_at is null`);
};

export const hasWaitingCorrection = async (db: CommonQueryMethods): Promise<boolean> =>
  (await db.one(sql.typeAlias('flag')`select exists (select 1 from drift_correction k where k.ended_at is null) as flag`)).flag;
