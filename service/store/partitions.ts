/**
 * Partitions by time of the tables that grow with mail.
 *
 * Guarantee: no row is lost or doubled, and no statement fails for want of a partition: rows that came early wait in the default partition and move
 * when theirs is made. A partition with live jobs is never dropped.
 * Mechanism: both lock the whole table first, so that no statement looks in one partition while its row moves to another; the lock is given up after
 * `lockTimeoutMs`, and the next run tries again.
 */
import { z } from 'zod';
import { idFloor, idTime, type Partition, type Span } from '../core/retention/partitionPlan.ts';
import { type CommonQueryMethods, type DatabasePool, type DatabaseTransactionConnection, sql } from './pool.ts';

/** Each table and the column whose UUIDv7 says where a row belongs. */
export const partitionKeys = { email_job: 'e_id', email_payload: 'job_e_id', attempt: 'job_e_id', email_event: 'id' } as const;
export type PartitionedTable = keyof typeof partitionKeys;

/** Everything that touches the table waits while we wait, so not for long. */
const lockTimeoutMs = 2_000;
/** Moving these takes well under a second. With more, the period stays in the default partition until its rows are past their retention. */
const rowsMovedMax = 20_000;

const live = sql.fragment`j.status in ('QUEUED', 'SENDING', 'HELD')`;
const table = (name: string) => sql.identifier([name]);

const partitionRow = z.strictObject({ name: z.string(), from: z.string(), to: z.string() });

/** Without the default one. */
export const listPartitions = async (db: CommonQueryMethods, parent: PartitionedTable): Promise<Partition[]> => {
  const rows = await db.any(sql.type(partitionRow)`
    select b.relname as name, b.bound[1] as "from", b.bound[2] as "to"
    from (
      select c.relname, regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM [(]'([0-9a-f-]{36})'[)] TO [(]'([0-9a-f-]{36})'[)]$re$) as bound
      from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = ${parent}::regclass
    ) b where b.bound is not null order by b.bound[1]`);
  return rows.map(({ name, from, to }) => ({ name, from: idTime(from), to: idTime(to) }));
};

const within = (column: string, { from, to }: Span) =>
  sql.fragment`${table(column)} >= ${idFloor(from)}::uuid and ${table(column)} < ${idFloor(to)}::uuid`;

const lockWhole = async (db: DatabaseTransactionConnection, parent: PartitionedTable): Promise<void> => {
  await db.query(sql.typeAlias('void')`set local lock_timeout = ${sql.literalValue(String(lockTimeoutMs))}`);
  await db.query(sql.typeAlias('void')`lock table ${table(parent)} in access exclusive mode`);
};

export type MakeOutcome = { kind: 'made'; moved: number } | { kind: 'tooManyToMove' };

export const makePartition = (db: DatabasePool, parent: PartitionedTable, span: Span): Promise<MakeOutcome> => {
  const early = table(`${parent}_default`);
  const name = table(`${parent}_${span.from.toISOString().slice(0, 10).replaceAll('-', '')}`);
  const belongs = within(partitionKeys[parent], span);
  return db.transaction(async (tx): Promise<MakeOutcome> => {
    await lockWhole(tx, parent);
    const { count } = await tx.one(sql.typeAlias('count')`
      select count(*)::int8 as count from (select 1 from ${early} where ${belongs} limit ${rowsMovedMax + 1}) few`);
    if (count > rowsMovedMax) return { kind: 'tooManyToMove' };
    // Its indexes are made when it is attached, in the order in which the parent's were: the key last, which the planner prefers among equals.
    await tx.query(sql.typeAlias('void')`create table ${name} (like ${table(parent)} including all excluding indexes)`);
    await tx.query(sql.typeAlias('void')`
      with moved as (delete from ${early} where ${belongs} returning *) insert into ${name} select * from moved`);
    await tx.query(sql.typeAlias('void')`
      alter table ${table(parent)} attach partition ${name}
        for values from (${sql.literalValue(idFloor(span.from))}) to (${sql.literalValue(idFloor(span.to))})`);
    return { kind: 'made', moved: count };
  });
};

export type DropOutcome = { kind: 'dropped' } | { kind: 'keptForLiveJobs' };

/** The lock comes before the look: a job that is resurrected meanwhile is seen, or finds its row gone as one that was never there. */
export const dropPartition = (db: DatabasePool, parent: PartitionedTable, partition: Partition): Promise<DropOutcome> =>
  db.transaction(async (tx): Promise<DropOutcome> => {
    await lockWhole(tx, parent);
    const ofJobs = parent !== 'email_event';
    const { flag } = await tx.one(sql.typeAlias('flag')`
      select ${ofJobs} and exists (select 1 from email_job j where ${live} and ${within('e_id', partition)}) as flag`);
    if (flag) return { kind: 'keptForLiveJobs' };
    await tx.query(sql.typeAlias('void')`drop table ${table(partition.name)}`);
    return { kind: 'dropped' };
  });

/** How many rows one statement deletes: some tens of milliseconds. */
const rowsAtOnce = 5_000;

/** What is past its retention where no whole partition can go: in the default one, and around live jobs. Answers how many rows; call until it is 0. */
export const deleteOlder = async (db: CommonQueryMethods, parent: PartitionedTable, partition: string, before: Date): Promise<number> => {
  const key = table(partitionKeys[parent]);
  const ended =
    parent === 'email_event'
      ? sql.fragment`true`
      : sql.fragment`not exists (select 1 from email_job j where j.tenant_id = old.tenant_id and j.e_id = old.${key} and ${live})`;
  const { rowCount } = await db.query(sql.typeAlias('void')`
    delete from ${table(partition)} where ctid = any (array(
      select old.ctid from ${table(partition)} old where old.${key} < ${idFloor(before)}::uuid and ${ended} limit ${rowsAtOnce}))`);
  return rowCount;
};

/** An idempotency key outlives its retention while its job has not ended: one key never makes two sends. */
export const forgetIdempotencyKeys = async (db: CommonQueryMethods, before: Date): Promise<number> => {
  const { rowCount } = await db.query(sql.typeAlias('void')`
    delete from idempotency_key where ctid = any (array(
      select k.ctid from idempotency_key k where k.seen_at < ${sql.timestamp(before)}
        and not exists (select 1 from email_job j where j.tenant_id = k.tenant_id and j.e_id = k.job_e_id and ${live}) limit ${rowsAtOnce}))`);
  return rowCount;
};

export const forgetEventKeys = async (db: CommonQueryMethods, before: Date): Promise<number> => {
  const { rowCount } = await db.query(sql.typeAlias('void')`
    delete from email_event_key where ctid = any (array(
      select k.ctid from email_event_key k where k.seen_at < ${sql.timestamp(before)} limit ${rowsAtOnce}))`);
  return rowCount;
};

/** Effects that were carried out, but for those that say what we once called for: a repeat must still know of them. */
export const forgetSettledEffects = async (db: CommonQueryMethods, before: Date): Promise<number> => {
  const { rowCount } = await db.query(sql.typeAlias('void')`
    delete from effect where ctid = any (array(
      select e.ctid from effect e where e.settled_at < ${sql.timestamp(before)} and e.intent_at is null limit ${rowsAtOnce}))`);
  return rowCount;
};

export const forgetEndedZoneChanges = async (db: CommonQueryMethods, before: Date): Promise<number> => {
  const { rowCount } = await db.query(sql.typeAlias('void')`
    delete from zone_change where ctid = any (array(
      select z.ctid from zone_change z where z.requested_at < ${sql.timestamp(before)} and (z.in_sync_at is not null or z.failed_code is not null)
      limit ${rowsAtOnce}))`);
  return rowCount;
};

/** They are few. A dead letter stays as long as its job, which says that there is one, and goes with a whole partition. */
export const forgetDeadLettersAndMalformed = async (db: CommonQueryMethods, before: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    delete from dead_letter d where d.at < ${sql.timestamp(before)}
      and not exists (select 1 from email_job j where j.tenant_id = d.tenant_id and j.e_id = d.job_e_id)`);
  await db.query(sql.typeAlias('void')`delete from malformed_event where received_at < ${sql.timestamp(before)}`);
};
