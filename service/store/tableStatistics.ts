/**
 * What the planner knows of the partitions that grow. A statement keeps its plan (statementNames.ts), and that of a partition which was empty then reads
 * whole tables; autovacuum, which would have every plan made anew, looks once a minute by default. Within that minute a busy tenant's jobs are many.
 */
import { partitionKeys } from './partitions.ts';
import { type DatabasePool, sql } from './pool.ts';

/** Below this reading everything is as good as any other way. */
const rowsMin = 500;
/** A tenth of Postgres's own, so of its cost: enough to tell many rows from few. Autovacuum sees to the rest. */
const target = 10;

/**
 * Analyzes the partitions that have doubled since they last were; answers how many. Some twenty times in the life of one with a hundred million rows. One
 * that somebody else holds, analyzing it perhaps, is left out.
 */
export const analyzeGrown = async (db: DatabasePool): Promise<number> => {
  const grown = await db.anyFirst(sql.typeAlias('id')`
    select c.relname::text as id from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = any(${sql.array(Object.keys(partitionKeys), 'text')}::regclass[])
      and pg_stat_get_mod_since_analyze(c.oid) >= greatest(${rowsMin}, c.reltuples)`);
  for (const name of grown)
    await db.transaction(async (tx) => {
      await tx.query(sql.typeAlias('void')`set local default_statistics_target = ${sql.literalValue(String(target))}`);
      await tx.query(sql.typeAlias('void')`analyze (skip_locked) ${sql.identifier([name])}`);
    });
  return grown.length;
};
