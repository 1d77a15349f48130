/**
 * How Postgres finds rows by their key while it knows nothing of them: in a partition that has just been made, and for as long as a statement keeps the plan
 * that it made then. Whatever goes through a whole tenant, or a whole table, does so once for each row from there on.
 */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findJob, findJobs } from '../../service/store/acceptance.ts';
import { findJobsOfEvents, lockJobsForProjection, markProjected, writeProjections } from '../../service/store/emailEvents.ts';
import type { CommonQueryMethods } from '../../service/store/pool.ts';
import { readPayloads } from '../../service/store/sendClaims.ts';
import { analyzeGrown } from '../../service/store/tableStatistics.ts';
import { keepRetention } from '../../service/work/retention.ts';
import { epoch } from '../support/configurationBuilder.ts';
import { createTestDatabase } from '../support/database.ts';
import { WorkBench } from '../support/workBench.ts';

const database = await createTestDatabase();
const bench = new WorkBench(database);

const eId = '01890000-0000-7000-8000-000000000000';
const [tenantId, jobs] = ['acme', [{ tenantId: 'acme', eId, jobEId: eId, id: eId }]];
const projection = { ...jobs[0], tenantId, jobEId: eId, status: 'DELIVERED' as const, deliveredAt: null, messageId: null };

type Statement = [string, (db: CommonQueryMethods) => Promise<unknown>];

const statements: Statement[] = [
  ['reading a job', (db) => findJob(db, tenantId, eId)],
  ['reading jobs', (db) => findJobs(db, jobs)],
  ['holding the jobs of callbacks', (db) => lockJobsForProjection(db, jobs)],
  ['looking at the jobs of callbacks', (db) => findJobsOfEvents(db, jobs)],
  ['reading payloads', (db) => readPayloads(db, tenantId, [eId])],
];

/** Rows of many tenants changed at once: an UPDATE can be told of its rows only by a join, and the planner decides how. */
const joined: Statement[] = [
  ['having acted on callbacks', (db) => markProjected(db, jobs, new Set(), epoch)],
  ['what callbacks come to', (db) => writeProjections(db, [projection], epoch)],
];

/** The text of the first statement that `run` makes. */
const textOf = async (run: Statement[1]): Promise<string> => {
  let text: string | null = null;
  const heard = async (query: { sql: string }): Promise<never> => {
    text ??= query.sql.replaceAll('$slonik_', '$');
    throw new Error('it is not carried out');
  };
  await run({ ...database.pool, any: heard, query: heard, maybeOne: heard }).catch(() => {});
  if (text === null) throw new Error('no statement was made');
  return text;
};

/** How each of the tables is read: the index and its condition, or that there is none. Partitions apart, since all are alike. */
const waysOf = async (client: Client, run: Statement[1]): Promise<string[]> => {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${await textOf(run)}`);
  const lines = rows.map((row) => row['QUERY PLAN']);
  const read = /(?:(Seq Scan) on|using|Bitmap Index Scan on) (?:email_job|email_payload|attempt|email_event)_(?:default|\d+)_?(\w*)/;
  const ways = lines.flatMap((line, at) => {
    const [whole, whileWhole, index] = read.exec(line) ?? [];
    if (whole === undefined) return [];
    return [whileWhole ?? `${index}: ${/Index Cond: (.*)/.exec(lines[at + 1] ?? '')?.[1]?.replaceAll(/\w+\.|\$\d+/g, '') ?? 'all of it'}`];
  });
  return [...new Set(ways)].filter((way) => !/^pkey: \(\(tenant_id = \w*\) AND \((\w*e_id|id) = (ANY \(\)|\w*)\)\)$/.test(way));
};

const waysOfAll = async (client: Client, asked: readonly Statement[]): Promise<[string, string[]][]> => {
  const found: [string, string[]][] = [];
  for (const [what, run] of asked) found.push([what, await waysOf(client, run)]);
  return found.filter(([, ways]) => ways.length > 0);
};

beforeAll(async () => {
  await keepRetention(await bench.worker('a'), { payloadDays: 30, jobDays: 90, idempotencyKeyDays: 30, partitionDays: 30 });
});
const client = new Client({ connectionString: database.url });
beforeAll(() => client.connect());
afterAll(() => client.end());

test('a row is found by its key in a partition of which nothing is known, and in no other way', async () => {
  expect(await waysOfAll(client, statements)).toEqual([]);
});

test('a partition that has grown is analyzed, each time that it has doubled; from then on all is found by its key', async () => {
  const grow = async (rows: number): Promise<void> => {
    await client.query(`
      insert into email_job (tenant_id, e_id, configuration_e_id, recipient, subject, status, accepted_at, author, request_id)
      select 'tenant' || n % 3, gen_random_uuid(), gen_random_uuid(), 'r' || n, repeat('s', 500), 'SENT', now(), 'a', 'r' from generate_series(1, ${rows}) n`);
    await client.query(`
      insert into email_event (tenant_id, id, configuration_e_id, job_e_id, record_type, occurred_at, received_at, payload)
      select 'tenant' || n % 3, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'Open', now(), now(), '{}' from generate_series(1, ${rows}) n`);
    await client.query(`
      insert into attempt (tenant_id, job_e_id, number, started_at, batch_size)
      select 'tenant' || n % 3, gen_random_uuid(), 1, now(), 1 from generate_series(1, ${rows}) n`);
    await client.query('select pg_stat_force_next_flush()');
    await client.query('select');
  };
  await grow(100);
  expect(await analyzeGrown(database.pool)).toBe(0);
  await grow(5_000);
  expect([await analyzeGrown(database.pool), await analyzeGrown(database.pool)]).toEqual([3, 0]);
  expect(await waysOfAll(client, [...statements, ...joined])).toEqual([]);
  await grow(1_000);
  expect(await analyzeGrown(database.pool)).toBe(0);
  await grow(5_000);
  expect(await analyzeGrown(database.pool)).toBe(3);
});
