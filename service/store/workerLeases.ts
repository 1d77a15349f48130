/** Heartbeats. A process that stops renewing is dead after `leaseSeconds`, and what it held is free. */
import { type CommonQueryMethods, sql } from './pool.ts';

export const renewLease = async (db: CommonQueryMethods, holder: string, leaseSeconds: number): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into worker_lease (holder, expires_at) values (${holder}, clock_timestamp() + make_interval(secs => ${leaseSeconds}))
    on conflict (holder) do update set expires_at = excluded.expires_at`);
};

export const dropLease = async (db: CommonQueryMethods, holder: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`delete from worker_lease where holder = ${holder}`);
};

/** Leases of the long dead; kept an hour for whoever reads the table after an incident. */
export const forgetDeadLeases = async (db: CommonQueryMethods): Promise<void> => {
  await db.query(sql.typeAlias('void')`delete from worker_lease where expires_at < clock_timestamp() - interval '1 hour'`);
};
