/** Drift as operators read it: the last run, whether one is under way, and the findings. */
import { z } from 'zod';
import { type DriftTag, driftClasses, driftTags } from '../core/drift/findings.ts';
import { correctionKinds } from '../core/drift/plan.ts';
import { assertionResult } from '../core/drift/results.ts';
import type { After } from './keyset.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const lastRun = z.strictObject({
  runId: z.string(),
  startedAt: z.date(),
  finishedAt: z.date(),
  assertions: z.array(assertionResult),
});

/** The last one that was finished; null before the first. */
export const readLastRun = (db: CommonQueryMethods) =>
  db.maybeOne(sql.type(lastRun)`
    select r.id as "runId", r.started_at as "startedAt", r.finished_at as "finishedAt", r.results as assertions
    from drift_run r where r.finished_at is not null order by r.finished_at desc, r.id desc limit 1`);

/** Whether a run is under way or waits for its turn. */
export const isRunning = async (db: CommonQueryMethods): Promise<boolean> =>
  (await db.one(sql.typeAlias('flag')`select exists (select 1 from drift_run r where r.finished_at is null) as flag`)).flag;

const evidence = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]));

const findingRow = z.strictObject({
  id: z.string(),
  tag: z.enum(driftTags),
  subject: z.string(),
  class: z.enum(driftClasses),
  tenantId: z.string().nullable(),
  eId: z.string().nullable(),
  postmarkServerId: z.number().int().nullable(),
  keyVersionId: z.string().nullable(),
  recordName: z.string().nullable(),
  firstSeenAt: z.date(),
  openedAt: z.date(),
  lastSeenAt: z.date(),
  quietUntil: z.date().nullable(),
  reportedAt: z.date().nullable(),
  resolvedAt: z.date().nullable(),
  openings: z.number().int(),
  correction: z
    .strictObject({
      planId: z.string(),
      kind: z.enum(correctionKinds),
      author: z.string(),
      acceptedAt: z.iso.datetime().transform((text) => new Date(text)),
      endedAt: z.iso
        .datetime()
        .transform((text) => new Date(text))
        .nullable(),
      outcome: z.enum(['done', 'failed', 'moved']).nullable(),
      detail: z.string().nullable(),
    })
    .nullable(),
  evidence,
});
export type ShownFinding = z.infer<typeof findingRow>;

/** As JSON has times. */
const utc = (column: 'accepted_at' | 'ended_at') =>
  sql.fragment`to_char(${sql.identifier(['k', column])} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Newest opening first; at most `limit` rows. */
export const listFindings = (
  db: CommonQueryMethods,
  { open, tag, after, limit }: { open: boolean | null; tag: DriftTag | null; after: After | null; limit: number },
): Promise<readonly ShownFinding[]> => {
  const conditions = [
    sql.fragment`true`,
    open === null ? null : open ? sql.fragment`f.resolved_at is null` : sql.fragment`f.resolved_at is not null`,
    tag === null ? null : sql.fragment`f.tag = ${tag}`,
    after === null ? null : sql.fragment`(f.opened_at, f.id) < (${sql.timestamp(after.at)}, ${after.id}::uuid)`,
  ].filter((condition) => condition !== null);
  return db.any(sql.type(findingRow)`
    select f.id, f.tag, f.subject, f.class, f.tenant_id as "tenantId", f.context ->> 'eId' as "eId",
      (f.context ->> 'postmarkServerId')::int8 as "postmarkServerId", f.context ->> 'keyVersionId' as "keyVersionId",
      f.context ->> 'recordName' as "recordName", f.first_seen_at as "firstSeenAt", f.opened_at as "openedAt", f.last_seen_at as "lastSeenAt",
      f.quiet_until as "quietUntil", f.reported_at as "reportedAt", f.resolved_at as "resolvedAt", f.openings, f.evidence,
      (select jsonb_build_object('planId', k.plan_id, 'kind', k.kind, 'author', k.author, 'acceptedAt', ${utc('accepted_at')}, 'endedAt', ${utc('ended_at')},
        'outcome', k.outcome, 'detail', k.detail) from drift_correction k where k.id = f.correction_id) as correction
    from drift_finding f where ${sql.join(conditions, sql.fragment` and `)}
    order by f.opened_at desc, f.id desc limit ${limit}`);
};
