/** Findings: opened, kept, resolved and reopened by a run; reported once for each opening. Only the holder of the runs' lock writes them. */
import { z } from 'zod';
import { type DriftTag, driftClasses, driftTags, type Finding } from '../core/drift/findings.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const kept = z.strictObject({ tag: z.enum(driftTags), opened: z.boolean() });

/** At most one finding for each tag and subject. Answers those that were opened or reopened by this. */
export const keepFindings = async (
  db: CommonQueryMethods,
  { runId, at, newId }: { runId: string; at: Date; newId: () => string },
  findings: readonly Finding[],
): Promise<DriftTag[]> => {
  const rows = findings.map(({ tag, subject, tenantId, quietUntil, context, evidence, class: kind }) => [
    newId(),
    tag,
    subject,
    kind,
    tenantId,
    quietUntil?.toISOString() ?? null,
    JSON.stringify(context),
    JSON.stringify(evidence),
  ]);
  const all = await db.any(sql.type(kept)`
    insert into drift_finding as f (id, tag, subject, class, tenant_id, quiet_until, context, evidence, first_seen_at, opened_at, last_seen_at,
      opened_run_id, run_id)
    select n.*, ${sql.timestamp(at)}, ${sql.timestamp(at)}, ${sql.timestamp(at)}, ${runId}::uuid, ${runId}::uuid
    from ${sql.unnest(rows, ['uuid', 'text', 'text', 'text', 'text', 'timestamptz', 'jsonb', 'jsonb'])} as n
    on conflict (tag, subject) do update set
      class = excluded.class, tenant_id = excluded.tenant_id, quiet_until = excluded.quiet_until, context = excluded.context,
      evidence = excluded.evidence, last_seen_at = excluded.last_seen_at, run_id = excluded.run_id, resolved_at = null,
      opened_at = case when f.resolved_at is null then f.opened_at else excluded.opened_at end,
      opened_run_id = case when f.resolved_at is null then f.opened_run_id else excluded.opened_run_id end,
      reported_at = case when f.resolved_at is null then f.reported_at end,
      openings = f.openings + case when f.resolved_at is null then 0 else 1 end
    returning f.tag, (old.id is null or old.resolved_at is not null) as opened`);
  return all.filter(({ opened }) => opened).map(({ tag }) => tag);
};

/** Those of the subjects that have an open finding of this tag. */
export const openSubjects = async (db: CommonQueryMethods, tag: DriftTag, subjects: readonly string[]): Promise<ReadonlySet<string>> => {
  if (subjects.length === 0) return new Set();
  const open = await db.any(sql.typeAlias('id')`
    select f.subject as id from drift_finding f
    where f.tag = ${tag} and f.subject = any(${sql.array([...subjects], 'text')}) and f.resolved_at is null`);
  return new Set(open.map(({ id }) => id));
};

/** What a run could not judge stays as it is: it must not resolve with the others. */
export const passOver = async (
  db: CommonQueryMethods,
  runId: string,
  tags: readonly DriftTag[],
  subjects: readonly string[],
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update drift_finding f set run_id = ${runId}
    where f.tag = any(${sql.array([...tags], 'text')}) and f.subject = any(${sql.array([...subjects], 'text')}) and f.resolved_at is null`);
};

/** After a run that judged everything: what it did not see any more has been mended. Answers how many. */
export const resolveUnseen = async (db: CommonQueryMethods, runId: string, tags: readonly DriftTag[], at: Date): Promise<number> => {
  const { rowCount } = await db.query(sql.typeAlias('void')`
    update drift_finding f set resolved_at = ${sql.timestamp(at)}
    where f.tag = any(${sql.array([...tags], 'text')}) and f.resolved_at is null and f.run_id <> ${runId}`);
  return rowCount;
};

/** After a run whose outside made no sense: what it opened is not believed, and nobody was told of it. Answers how many. */
export const withdrawOpened = async (db: CommonQueryMethods, runId: string, tags: readonly DriftTag[], at: Date): Promise<number> => {
  const { rowCount } = await db.query(sql.typeAlias('void')`
    update drift_finding f set resolved_at = ${sql.timestamp(at)}
    where f.tag = any(${sql.array([...tags], 'text')}) and f.resolved_at is null and f.opened_run_id = ${runId} and f.reported_at is null`);
  return rowCount;
};

const unreported = z.strictObject({
  id: z.string(),
  tag: z.enum(driftTags),
  subject: z.string(),
  class: z.enum(driftClasses),
  openedAt: z.date(),
  context: z.strictObject({
    eId: z.string().nullable(),
    postmarkServerId: z.number().int().nullable(),
    keyVersionId: z.string().nullable(),
    recordName: z.string().nullable(),
  }),
});
export type UnreportedFinding = z.infer<typeof unreported>;

/** Open, not quiet, and not told to anybody; oldest first, beyond `after`. What was quiet is judged anew before it is told. */
export const unreportedFindings = (
  db: CommonQueryMethods,
  after: { openedAt: Date; id: string },
  limit: number,
): Promise<readonly UnreportedFinding[]> =>
  db.any(sql.type(unreported)`
    select f.id, f.tag, f.subject, f.class, f.opened_at as "openedAt", f.context from drift_finding f
    where f.resolved_at is null and f.reported_at is null and f.quiet_until is null
      and (f.opened_at, f.id) > (${sql.timestamp(after.openedAt)}, ${after.id}::uuid)
    order by f.opened_at, f.id limit ${limit}`);

export const markReported = async (db: CommonQueryMethods, ids: readonly string[], at: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update drift_finding f set reported_at = ${sql.timestamp(at)} where f.id = any(${sql.array([...ids], 'uuid')}) and f.reported_at is null`);
};

const tagCount = z.strictObject({ tag: z.enum(driftTags), count: z.number().int() });

/** Those that are quiet are not counted: they may close by themselves. */
export const countOpenFindings = (db: CommonQueryMethods) =>
  db.any(sql.type(tagCount)`
    select f.tag, count(*)::int8 as count from drift_finding f where f.resolved_at is null and f.quiet_until is null group by f.tag`);
