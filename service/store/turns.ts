/** Work that one replica does once in an interval, whichever looks first. */
import { type CommonQueryMethods, sql } from './pool.ts';

export type TurnOutcome = { kind: 'ours' } | { kind: 'taken' };

/** `ours` when nobody took this turn since `notSince`; domain time. */
export const takeTurn = async (db: CommonQueryMethods, name: string, now: Date, notSince: Date): Promise<TurnOutcome> => {
  const taken = await db.maybeOne(sql.typeAlias('id')`
    insert into turn as t (name, taken_at) values (${name}, ${sql.timestamp(now)})
    on conflict (name) do update set taken_at = excluded.taken_at where t.taken_at <= ${sql.timestamp(notSince)}
    returning t.name as id`);
  return { kind: taken === null ? 'taken' : 'ours' };
};

/** The next to look has it. */
export const dropTurn = async (db: CommonQueryMethods, name: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`delete from turn where name = ${name}`);
};
