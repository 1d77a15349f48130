/** Runs of the drift assertions: asked for by the tick or by an operator, carried out by whoever holds the lock of the runs. */
import { z } from 'zod';
import { type AssertionName, assertionNames } from '../core/drift/findings.ts';
import type { AssertionResult } from '../core/drift/results.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export type NewRun = {
  id: string;
  trigger: 'tick' | 'operator';
  author: string;
  requestId: string;
  assertions: readonly AssertionName[];
  requestedAt: Date;
};

/** The same assertions asked for twice before the first was begun are one run. Answers which. */
export const requestRun = async (db: CommonQueryMethods, run: NewRun): Promise<string> => {
  const assertions = sql.array([...run.assertions], 'text');
  const { id } = await db.one(sql.typeAlias('id')`
    with waiting as (
      select r.id from drift_run r
      where r.trigger = 'operator' and r.started_at is null and r.finished_at is null and r.assertions = ${assertions}
      order by r.requested_at limit 1
    ), asked as (
      insert into drift_run (id, trigger, author, request_id, assertions, requested_at)
      select ${run.id}, ${run.trigger}, ${run.author}, ${run.requestId}, ${assertions}, ${sql.timestamp(run.requestedAt)}
      where not exists (select 1 from waiting) returning id
    )
    select id from waiting union all select id from asked`);
  return id;
};

/** When the tick last asked for a run; null before the first. */
export const lastTickAt = async (db: CommonQueryMethods): Promise<Date | null> => {
  const { at } = await db.one(sql.type(z.strictObject({ at: z.date().nullable() }))`
    select max(r.requested_at) as at from drift_run r where r.trigger = 'tick'`);
  return at;
};

const waitingRun = z.strictObject({ id: z.string(), assertions: z.array(z.enum(assertionNames)) });
export type WaitingRun = z.infer<typeof waitingRun>;

/** Only under the lock of the runs: then a run that was begun and is not finished was left by a process that died. */
export const beginRun = (db: CommonQueryMethods, at: Date): Promise<WaitingRun | null> =>
  db.maybeOne(sql.type(waitingRun)`
    update drift_run r set started_at = ${sql.timestamp(at)}
    where r.id = (select w.id from drift_run w where w.finished_at is null order by w.requested_at, w.id limit 1)
    returning r.id, r.assertions`);

export const finishRun = async (db: CommonQueryMethods, id: string, results: readonly AssertionResult[], at: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update drift_run r set finished_at = ${sql.timestamp(at)}, results = ${sql.jsonb(results.map((result) => ({ ...result })))} where r.id = ${id}`);
};
