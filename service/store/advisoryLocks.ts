/**
 * Singletons across replicas. The lock belongs to a session, so one connection is held, outside any transaction, while the work talks to the outside;
 * when the process dies, Postgres ends the session and the lock with it.
 */
import { type CommonQueryMethods, type DatabasePool, sql } from './pool.ts';

const keyOf = (name: string) => sql.fragment`hashtextextended(${name}, 0)`;

const tryLock = async (db: CommonQueryMethods, name: string): Promise<boolean> =>
  (await db.one(sql.typeAlias('flag')`select pg_try_advisory_lock(${keyOf(name)}) as flag`)).flag;

/** Runs `work` when nobody else does; null when somebody does. */
export const tryWithLock = <T>(db: DatabasePool, name: string, work: () => Promise<T>): Promise<T | null> =>
  db.connect(async (session) => {
    if (!(await tryLock(session, name))) return null;
    try {
      return await work();
    } finally {
      await session.query(sql.typeAlias('void')`select from pg_advisory_unlock(${keyOf(name)})`);
    }
  });

export const tryWithZoneLock = <T>(db: DatabasePool, zoneId: string, work: () => Promise<T>): Promise<T | null> =>
  tryWithLock(db, `postroute:zone:${zoneId}`, work);
