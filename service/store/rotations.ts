/**
 * Walks over the fleet that change a secret everywhere. One row for each kind says that one runs and where it is; what is still to be done is asked of
 * the configurations, so a crash can neither lose nor repeat a count.
 */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

export const rotationKinds = ['re-encrypt', 'webhook-credential'] as const;
export type RotationKind = (typeof rotationKinds)[number];

const rotation = z.strictObject({
  kind: z.enum(rotationKinds),
  runId: z.string(),
  /** What everything is to have in the end: a key version, a fingerprint. */
  target: z.string(),
  startedAt: z.date(),
  finishedAt: z.date().nullable(),
  requestedBy: z.string(),
  requestId: z.string(),
  /** The last configuration of this pass that was dealt with. */
  position: z.string(),
  passes: z.number().int(),
  runAt: z.date(),
  waitingFor: z.string().nullable(),
});
export type RotationRun = z.infer<typeof rotation>;

const columns = sql.fragment`
  r.kind, r.run_id as "runId", r.target, r.started_at as "startedAt", r.finished_at as "finishedAt", r.requested_by as "requestedBy",
  r.request_id as "requestId", r.position, r.passes, r.run_at as "runAt", r.waiting_for as "waitingFor"`;

export const firstPosition = '00000000-0000-0000-0000-000000000000';

export const findRotation = (db: CommonQueryMethods, kind: RotationKind): Promise<RotationRun | null> =>
  db.maybeOne(sql.type(rotation)`select ${columns} from rotation r where r.kind = ${kind}`);

export type StartOutcome = { kind: 'started' } | { kind: 'joined' };

type Start = Pick<RotationRun, 'kind' | 'runId' | 'target' | 'requestedBy' | 'requestId'> & { at: Date };

/** Starts a run, or joins the one that runs; then it begins anew only if it was going elsewhere. */
export const startRotation = async (db: CommonQueryMethods, s: Start): Promise<StartOutcome> => {
  const started = await db.maybeOne(sql.typeAlias('id')`
    insert into rotation as r (kind, run_id, target, started_at, requested_by, request_id, position, run_at)
    values (${s.kind}, ${s.runId}, ${s.target}, ${sql.timestamp(s.at)}, ${s.requestedBy}, ${s.requestId}, ${firstPosition}::uuid,
      ${sql.timestamp(s.at)})
    on conflict (kind) do update set run_id = excluded.run_id, target = excluded.target, started_at = excluded.started_at, finished_at = null,
      requested_by = excluded.requested_by, request_id = excluded.request_id, position = excluded.position, passes = 0,
      run_at = excluded.run_at, waiting_for = null
    where r.finished_at is not null or r.target <> excluded.target
    returning r.run_id as id`);
  if (started === null) return { kind: 'joined' };
  await db.query(sql.typeAlias('void')`delete from rotation_trouble where kind = ${s.kind}`);
  return { kind: 'started' };
};

export type RotationMove = Partial<Pick<RotationRun, 'target' | 'position' | 'passes' | 'runAt' | 'waitingFor' | 'finishedAt'>>;

/** Moves a run on; nothing when it is not the run any more. */
export const moveRotation = async (db: CommonQueryMethods, run: RotationRun, move: RotationMove): Promise<void> => {
  const { target, position, passes, runAt, waitingFor, finishedAt } = { ...run, ...move };
  await db.query(sql.typeAlias('void')`
    update rotation set target = ${target}, position = ${position}::uuid, passes = ${passes}, run_at = ${sql.timestamp(runAt)},
      waiting_for = ${waitingFor}, finished_at = ${finishedAt === null ? null : sql.timestamp(finishedAt)}
    where kind = ${run.kind} and run_id = ${run.runId} and finished_at is null`);
};

export type Trouble = { tenantId: string; configurationEId: string; lasting: boolean; code: string; detail: string };

export const noteTroubles = async (db: CommonQueryMethods, kind: RotationKind, troubles: readonly Trouble[], at: Date): Promise<void> => {
  if (troubles.length === 0) return;
  const rows = troubles.map((t) => [t.tenantId, kind, t.configurationEId, t.lasting, t.code, t.detail, at.toISOString()]);
  await db.query(sql.typeAlias('void')`
    insert into rotation_trouble (tenant_id, kind, configuration_e_id, lasting, code, detail, at)
    select * from ${sql.unnest(rows, ['text', 'text', 'uuid', 'bool', 'text', 'text', 'timestamptz'])} as t
    on conflict (tenant_id, kind, configuration_e_id) do update set
      lasting = excluded.lasting, code = excluded.code, detail = excluded.detail, at = excluded.at`);
};

export const clearTroubles = async (
  db: CommonQueryMethods,
  kind: RotationKind,
  done: readonly { tenantId: string; configurationEId: string }[],
): Promise<void> => {
  if (done.length === 0) return;
  const rows = done.map(({ tenantId, configurationEId }) => [tenantId, configurationEId]);
  await db.query(sql.typeAlias('void')`
    delete from rotation_trouble t using ${sql.unnest(rows, ['text', 'uuid'])} as d (tenant_id, e_id)
    where t.kind = ${kind} and t.tenant_id = d.tenant_id and t.configuration_e_id = d.e_id`);
};
