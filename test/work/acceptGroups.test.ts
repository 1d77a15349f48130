/** Acceptance in groups: what one request is told does not depend on who else asks at the same moment. */
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import type { AcceptContext } from '../../service/work/accept.ts';
import { acceptGroups } from '../../service/work/acceptGroups.ts';
import type { AcceptOutcome, AcceptRequest } from '../../service/work/outcomes.ts';
import { jobCounts, payloadOf, requestOf } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const settings = { groupMax: 200, groupsAtOnce: 2 };
const database = await createTestDatabase();
const bench = new WorkBench(database);

/** How many requests each statement was for: the groups, as Postgres was asked. */
const counting = async () => {
  const ctx = await bench.worker('a');
  const groups: number[] = [];
  const tenants: string[][] = [];
  let open = 0;
  let openMost = 0;
  const any: typeof ctx.db.any = async (query) => {
    const isOffer = query.sql.includes('"seenHash"');
    if (isOffer) {
      const offers: { tenantId: string }[] = JSON.parse(String(query.values[0]));
      groups.push(offers.length);
      tenants.push(offers.map(({ tenantId }) => tenantId));
      open += 1;
      openMost = Math.max(openMost, open);
    }
    try {
      return await ctx.db.any(query);
    } finally {
      if (isOffer) open -= 1;
    }
  };
  const counted: AcceptContext = { ...ctx, db: { ...ctx.db, any } };
  return { ctx, accept: acceptGroups(counted, settings), groups, tenants, openMost: () => openMost };
};

const kind = (outcome: AcceptOutcome | undefined): string | undefined => (outcome?.kind === 'refused' ? outcome.code : outcome?.kind);

test('a request that comes alone goes at once; those that come together share their statement and their commit', async () => {
  const { ctx, accept, groups, openMost } = await counting();
  const c = await bench.sendable(ctx);
  await accept([requestOf(c, 'first')], caller);
  expect(groups).toEqual([1]);
  await Promise.all(Array.from({ length: 500 }, (_, at) => accept([requestOf(c, `k${at}`)], caller)));
  expect(groups.slice(1).reduce((sum, n) => sum + n, 0)).toBe(500);
  expect(groups.length).toBeLessThan(12);
  expect(Math.max(...groups)).toBeLessThanOrEqual(200);
  expect(openMost()).toBeLessThanOrEqual(2);
  expect(await jobCounts(bench)).toEqual({ QUEUED: 501 });
});

test('each caller is kept with its own job, and each answer is that of its own request', async () => {
  const { ctx, accept } = await counting();
  const mine = await bench.sendable(ctx);
  const theirs = await bench.sendable(ctx, { tenantId: 'theirs' });
  const requests = Array.from({ length: 60 }, (_, at) => ({ of: at % 2 === 0 ? mine : theirs, author: `author-${at}` }));
  const outcomes = await Promise.all(
    requests.map(({ of, author }) => accept([requestOf(of, author)], { author, requestId: `request-${author}` })),
  );
  const rows = await bench.rows(sql.unsafe`select e_id as id, tenant_id as tenant, author, request_id as request from email_job`);
  for (const [at, [outcome]] of outcomes.entries()) {
    if (outcome?.kind !== 'accepted') throw new Error(`expected accepted, got ${kind(outcome)}`);
    const { of, author } = requests[at] ?? { of: mine, author: '' };
    expect(rows.find(({ id }) => id === outcome.job.eId)).toMatchObject({ tenant: of.tenantId, author, request: `request-${author}` });
  }
});

test('one key asked for many times at one moment makes one job, whatever the groups', async () => {
  const { ctx, accept } = await counting();
  const c = await bench.sendable(ctx);
  const outcomes = await Promise.all(Array.from({ length: 300 }, (_, at) => accept([requestOf(c, `key-${at % 3}`)], caller)));
  const kinds = outcomes.map(([outcome]) => kind(outcome)).sort();
  expect(kinds).toEqual([...Array(3).fill('accepted'), ...Array(297).fill('replayed')]);
  expect(await jobCounts(bench)).toEqual({ QUEUED: 3 });
});

describe('company', () => {
  test('a request that Postgres refuses fails alone', async () => {
    const { ctx, accept } = await counting();
    const c = await bench.sendable(ctx);
    // A lone surrogate passes JavaScript and not Postgres's jsonb.
    const broken: AcceptRequest = requestOf(c, 'broken', { payload: payloadOf('bob@example.com', { textBody: '\ud800' }) });
    const settled = await Promise.allSettled([
      accept([requestOf(c, 'before')], caller),
      accept([requestOf(c, 'a')], caller),
      accept([broken], caller),
      accept([requestOf(c, 'b')], caller),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await jobCounts(bench)).toEqual({ QUEUED: 3 });
  });

  test('a database that does not answer is told to each, and asked once', async () => {
    const { ctx, groups } = await counting();
    const down = new Error('no connection');
    const any = async () => {
      groups.push(1);
      throw down;
    };
    const accept = acceptGroups({ ...ctx, db: { ...ctx.db, any } }, settings);
    const settled = await Promise.allSettled(
      Array.from({ length: 50 }, (_, at) => accept([requestOf({ tenantId: 't', eId: ctx.newId() }, `${at}`)], caller)),
    );
    expect(settled.every((one) => one.status === 'rejected' && one.reason === down)).toBe(true);
    expect(groups.length).toBeLessThan(5);
  });

  test('of a tenant that asks much does not keep another waiting: groups are filled in turns', async () => {
    const { ctx, accept, tenants } = await counting();
    const [many, one] = [await bench.sendable(ctx), await bench.sendable(ctx, { tenantId: 'one' })];
    const ask = (of: typeof one, key: string) => accept([requestOf(of, key)], caller);
    await Promise.all([...Array.from({ length: 1000 }, (_, at) => ask(many, `k${at}`)), ask(one, 'mine')]);
    // Two groups went at once, the second as soon as it was worth a statement; the one is in the next, before all but those.
    expect(tenants.findIndex((group) => group.includes('one'))).toBe(2);
  });

  test('a group that is held up keeps a few waiting, and no more: the next begins when it is worth a statement', async () => {
    const { ctx, accept, groups } = await counting();
    const [locked, free] = [await bench.sendable(ctx), await bench.sendable(ctx, { tenantId: 'free' })];
    const ask = (of: typeof free, key: string) => accept([requestOf(of, key)], caller);
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query('select from configuration where e_id = $1 for update', [locked.eId]);
    const held = ask(locked, 'held');
    const few = Array.from({ length: 15 }, (_, at) => ask(free, `k${at}`));
    expect(groups).toEqual([1]);
    await Promise.all([...few, ask(free, 'one more')]);
    expect(groups).toEqual([1, 16]);
    await blocker.end();
    expect((await held).map(kind)).toEqual(['accepted']);
  });

  test('of large messages is small: bodies of some megabytes do not share a statement', async () => {
    const { ctx, accept, groups } = await counting();
    const c = await bench.sendable(ctx);
    const large = (key: string) => requestOf(c, key, { payload: payloadOf('bob@example.com', { textBody: 'x'.repeat(1_500_000) }) });
    await Promise.all(Array.from({ length: 8 }, (_, at) => accept([large(`k${at}`)], caller)));
    expect(Math.max(...groups)).toBeLessThanOrEqual(2);
    expect(await jobCounts(bench)).toEqual({ QUEUED: 8 });
  });
});
