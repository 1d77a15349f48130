/** What of drift is past its retention: runs, and what has closed. What is open is kept, whatever its age. */
import { type CommonQueryMethods, sql } from './pool.ts';

/** They are few: a run each tick, and a finding for each discrepancy there ever was. */
export const forgetDrift = async (db: CommonQueryMethods, before: Date): Promise<void> => {
  const at = sql.timestamp(before);
  await db.query(sql.typeAlias('void')`
    delete from drift_run r where r.finished_at < ${at} and r.id <> (select l.id from drift_run l where l.finished_at is not null
      order by l.finished_at desc, l.id desc limit 1)`);
  await db.query(sql.typeAlias('void')`delete from drift_finding f where f.resolved_at < ${at}`);
  await db.query(sql.typeAlias('void')`
    delete from drift_correction k where k.ended_at < ${at} and not exists (select 1 from drift_finding f where f.correction_id = k.id)`);
};
