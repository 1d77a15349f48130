/** Taking messages: one key makes one job, what is accepted is on disk, and a refusal leaves nothing. */
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { openSuppression } from '../../service/store/suppressions.ts';
import { accept } from '../../service/work/accept.ts';
import type { AcceptOutcome } from '../../service/work/outcomes.ts';
import { jobRows, payloadOf, requestOf } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

const kinds = (outcomes: readonly AcceptOutcome[]) => outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.code : outcome.kind));
const stored = async () => {
  const [row] = await bench.rows(sql.unsafe`
    select (select count(*)::int from email_job) as jobs, (select count(*)::int from email_payload) as payloads`);
  return row;
};

test('what is accepted is on disk with its payload, due at once', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const [outcome] = await accept(ctx, [requestOf(c, 'k1')], caller);
  expect(outcome).toMatchObject({
    kind: 'accepted',
    job: { status: 'QUEUED', recipient: 'bob@example.com', attempts: 0, nextAttemptAt: bench.now },
  });
  expect(
    await bench.row(
      sql.unsafe`select j.author, j.request_id as "requestId", p.payload from email_job j join email_payload p on p.job_e_id = j.e_id`,
    ),
  ).toEqual({
    author: 'tester',
    requestId: 'request-1',
    payload: payloadOf('bob@example.com'),
  });
});

describe('one key makes one job', () => {
  test('of fifty requests at the same moment one is accepted, and the others replay it', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const outcomes = (await Promise.all(Array.from({ length: 50 }, () => accept(ctx, [requestOf(c, 'k1')], caller)))).flat();
    expect(kinds(outcomes).sort()).toEqual(['accepted', ...Array(49).fill('replayed')]);
    const ids = new Set(outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.code : outcome.job.eId)));
    expect(ids.size).toBe(1);
    expect(await stored()).toEqual({ jobs: 1, payloads: 1 });
  });

  test('whose job is at the end of its retention is asked again, and costs the others of its group nothing', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await accept(ctx, [requestOf(c, 'old')], caller);
    await bench.rows(sql.unsafe`with p as (delete from email_payload) delete from email_job returning e_id`);
    expect(kinds(await accept(ctx, [requestOf(c, 'new'), requestOf(c, 'old')], caller))).toEqual(['accepted', 'retry_later']);
  });

  test('of fifty different requests with one key one is accepted, and the others are told', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) => accept(ctx, [requestOf(c, 'k1', { requestHash: `hash ${n}` })], caller)),
    );
    expect(kinds(outcomes.flat()).sort()).toEqual(['accepted', ...Array(49).fill('idempotency_key_reused')]);
    expect(await stored()).toEqual({ jobs: 1, payloads: 1 });
  });

  test('in one batch the first takes the key, the same again replays it, and another conflicts', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const outcomes = await accept(
      ctx,
      [requestOf(c, 'k1'), requestOf(c, 'k2'), requestOf(c, 'k1'), requestOf(c, 'k1', { requestHash: 'other' })],
      caller,
    );
    expect(kinds(outcomes)).toEqual(['accepted', 'accepted', 'replayed', 'idempotency_key_reused']);
    expect(await stored()).toEqual({ jobs: 2, payloads: 2 });
  });

  test('batches with the same keys in opposite orders get by without each other’s way', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const tookMs: number[] = [];
    const fastest = (): number => Math.min(...tookMs);
    // Postgres looks for a deadlock after a second: if each round had one, none would be faster. A busy machine is given more of them.
    for (let round = 0; round < 3 || (round < 12 && fastest() >= 1000); round += 1) {
      const batch = Array.from({ length: 100 }, (_, n) => requestOf(c, `r${round}-${n}`));
      const startedAt = performance.now();
      const outcomes = await Promise.all([batch, batch.toReversed(), batch, batch.toReversed()].map((each) => accept(ctx, each, caller)));
      tookMs.push(performance.now() - startedAt);
      expect(kinds(outcomes.flat()).filter((kind) => kind === 'accepted')).toHaveLength(100);
    }
    expect(await stored()).toEqual({ jobs: 100 * tookMs.length, payloads: 100 * tookMs.length });
    expect(fastest()).toBeLessThan(1000);
  });

  test('the key is the tenant’s own', async () => {
    const ctx = await bench.worker('a');
    const [mine, theirs] = [await bench.sendable(ctx), await bench.sendable(ctx, { tenantId: 'other' })];
    expect(kinds(await accept(ctx, [requestOf(mine, 'k1'), requestOf(theirs, 'k1')], caller))).toEqual(['accepted', 'accepted']);
  });

  test('a replay is answered with the truth about its job, whatever has become of the configuration', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await accept(ctx, [requestOf(c, 'k1')], caller);
    await bench.signal(ctx, c, 'force-lock');
    await bench.workOff(ctx);
    const [again] = await accept(ctx, [requestOf(c, 'k1')], caller);
    expect(again).toMatchObject({ kind: 'replayed', job: { status: 'CANCELLED' } });
    expect(kinds(await accept(ctx, [requestOf(c, 'k1', { requestHash: 'other' })], caller))).toEqual(['idempotency_key_reused']);
  });

  test('a replay of a job whose events contradict each other waits for triage', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await accept(ctx, [requestOf(c, 'k1')], caller);
    await bench.rows(sql.unsafe`update email_job set status = 'INCONSISTENT'`);
    expect(kinds(await accept(ctx, [requestOf(c, 'k1')], caller))).toEqual(['job_inconsistent']);
  });
});

describe('a refusal leaves nothing', () => {
  const suppress = (recipient: string, tenantId = 'acme') =>
    openSuppression(bench.database.pool, {
      tenantId,
      id: '0199aaaa-0000-7000-8000-000000000051',
      recipient,
      reason: 'ManualSuppression',
      origin: 'operator',
      since: bench.now,
      note: null,
      sourceJobEId: null,
      sourceEventId: null,
      author: 'tester',
    });

  test('to another tenant’s configuration there is none', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    expect(kinds(await accept(ctx, [requestOf({ ...c, tenantId: 'other' }, 'k1')], caller))).toEqual(['not_found']);
    expect(await stored()).toEqual({ jobs: 0, payloads: 0 });
  });

  test('a configuration that cannot send says what it waits for', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    const [outcome] = await accept(ctx, [requestOf(c, 'k1')], caller);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'not_sendable', extra: { waitingOn: { what: 'operator', signal: 'unlock' } } });
    expect(await stored()).toEqual({ jobs: 0, payloads: 0 });
  });

  test('a suppressed recipient is refused before the message is weighed, and only for its tenant', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const theirs = await bench.sendable(ctx, { tenantId: 'other' });
    await suppress('bob@example.com');
    const heavy = payloadOf('bob@example.com', { textBody: 'x'.repeat(6_000_000) });
    expect(kinds(await accept(ctx, [requestOf(c, 'k1', { payload: heavy }), requestOf(theirs, 'k1')], caller))).toEqual([
      'recipient_suppressed',
      'accepted',
    ]);
    expect(bench.mail.calls).toEqual([]);
  });

  test('the rest of its batch is taken', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await suppress('eve@example.com');
    const attachment = { filename: 'a.exe', contentType: 'x/y', contentBase64: 'AAAA' };
    const outcomes = await accept(
      ctx,
      [
        requestOf(c, 'k1'),
        requestOf(c, 'k2', { recipient: 'eve@example.com' }),
        requestOf(c, 'k3', { payload: payloadOf('bob@example.com', { attachments: [attachment] }) }),
        requestOf(c, 'k4', { payload: payloadOf('bob@example.com', { textBody: 'x'.repeat(6_000_000) }) }),
        requestOf(c, 'k5'),
      ],
      caller,
    );
    expect(kinds(outcomes)).toEqual(['accepted', 'recipient_suppressed', 'attachment_forbidden', 'message_too_large', 'accepted']);
    expect(await stored()).toEqual({ jobs: 2, payloads: 2 });
  });

  test('a refused key is free: the same request is taken once the reason is gone', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    await accept(ctx, [requestOf(c, 'k1')], caller);
    await bench.signal(ctx, c, 'unlock');
    expect(kinds(await accept(ctx, [requestOf(c, 'k1')], caller))).toEqual(['accepted']);
  });
});

test('nothing is accepted behind a lock that has committed, also when the request had seen the gate open', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const locker = new Client({ connectionString: bench.database.url });
  await locker.connect();
  try {
    await locker.query('begin');
    await locker.query('select from configuration where e_id = $1 for update', [c.eId]);
    await locker.query(`update configuration set administrative = 'LOCKED' where e_id = $1`, [c.eId]);
    const accepting = accept(ctx, [requestOf(c, 'k1')], caller);
    const waiting = () =>
      bench.rows(sql.unsafe`
        select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%idempotency_key%'`);
    // Until its insert waits for this transaction.
    while ((await waiting()).length === 0) await locker.query('select pg_sleep(0.01)');
    await locker.query('commit');
    expect(kinds(await accepting)).toEqual(['not_sendable']);
  } finally {
    await locker.end();
  }
  expect(await jobRows(bench)).toEqual([]);
});

test('a provider’s pause and a key that is not loaded delay a message; it is taken and kept', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  bench.keysLoaded.clear();
  await bench.rows(sql.unsafe`
    insert into provider_pause (scope, code, since, until) values ('account', 'postmark_405', ${sql.timestamp(bench.now)}, ${sql.timestamp(bench.now)})`);
  expect(kinds(await accept(ctx, [requestOf(c, 'k1')], caller))).toEqual(['accepted']);
});
