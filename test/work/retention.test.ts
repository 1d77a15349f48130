/** What is kept, what goes, and that making room never loses, doubles or refuses a message. */
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { accept } from '../../service/work/accept.ts';
import { keepRetention, retentionPass } from '../../service/work/retention.ts';
import { sender } from '../../service/work/sender.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { acceptJobs, jobCounts, requestOf } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const retention = { payloadDays: 30, jobDays: 90, idempotencyKeyDays: 30, partitionDays: 30 };
const dayMs = 86_400_000;

const days = (count: number): void => {
  bench.now = new Date(bench.now.getTime() + count * dayMs);
};
const keep = (ctx: WorkContext) => keepRetention(ctx, retention);
const count = async (table: string): Promise<number> =>
  Number((await bench.row(sql.unsafe`select count(*)::int as n from ${sql.identifier([table])}`))['n']);
const partitions = async (table: string): Promise<string[]> =>
  (
    await bench.rows(
      sql.unsafe`select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = ${table}::regclass order by 1`,
    )
  ).map(({ relname }) => String(relname));

/** A configuration with one message sent and one that is still queued. */
const withMail = async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const [sent] = await acceptJobs(ctx, c);
  await bench.send(ctx, sender(ctx));
  const [queued] = await acceptJobs(ctx, c);
  if (sent === undefined || queued === undefined) throw new Error('two messages were accepted');
  return { ctx, c, sent, queued };
};

describe('partitions', () => {
  test('are made for now and ahead of time, once; what came earlier moves into its own, whole', async () => {
    const { ctx } = await withMail();
    const before = await jobCounts(bench);
    expect(await count('email_job_default')).toBe(2);
    await keep(ctx);
    const made = await partitions('email_job');
    expect(made.length).toBeGreaterThanOrEqual(4);
    expect([await count('email_job_default'), await count('email_payload_default'), await count('attempt_default')]).toEqual([0, 0, 0]);
    expect([await count('email_job'), await count('email_payload'), await count('attempt')]).toEqual([2, 2, 1]);
    expect(await jobCounts(bench)).toEqual(before);
    await keep(ctx);
    expect(await partitions('email_job')).toEqual(made);
    expect(bench.troubles()).toEqual([]);
  });

  test('of a clock that has run past them all are made later: no message is refused meanwhile', async () => {
    const { ctx, c } = await withMail();
    await keep(ctx);
    days(400);
    expect(await acceptJobs(ctx, c)).toHaveLength(1);
    expect(await count('email_job_default')).toBe(1);
    await keep(ctx);
    expect(await count('email_job_default')).toBe(0);
    expect(await bench.send(ctx, sender(ctx))).toBeGreaterThan(0);
    expect(await jobCounts(bench)).toMatchObject({ SENT: expect.any(Number) });
  });

  test('are made while messages are accepted and sent: none is lost, none is sent twice', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    days(1000);
    const accepting = Array.from({ length: 40 }, async () => acceptJobs(ctx, c, 5));
    const [, ...accepted] = await Promise.all([keep(ctx), ...accepting]);
    const by = sender(ctx);
    await Promise.all([keep(ctx), bench.send(ctx, by), bench.send(ctx, by)]);
    while ((await bench.send(ctx, by)) > 0);
    await keep(ctx);
    expect(accepted.flat()).toHaveLength(200);
    expect(await jobCounts(bench)).toEqual({ SENT: 200 });
    expect(await count('attempt')).toBe(200);
  });

  test('that a busy table keeps from being made are told, and made by the next run', async () => {
    const { ctx } = await withMail();
    days(2000);
    const busy = new Client({ connectionString: bench.database.url });
    await busy.connect();
    try {
      await busy.query('begin');
      await busy.query('select from attempt');
      await keep(ctx);
      expect(JSON.stringify(bench.troubles())).toContain('retention of attempt');
      expect((await partitions('email_job')).length).toBeGreaterThan(1);
    } finally {
      await busy.end();
    }
    const before = await partitions('attempt');
    await keep(ctx);
    expect(await partitions('attempt')).not.toEqual(before);
  });
});

describe('what is past its retention', () => {
  test('goes: bodies first, then the job with its tries; what has not ended stays, body and all', async () => {
    const { ctx, sent, queued } = await withMail();
    await keep(ctx);
    days(32);
    await keep(ctx);
    expect((await bench.rows(sql.unsafe`select job_e_id as id from email_payload`)).map(({ id }) => id)).toEqual([queued.eId]);
    expect(await count('email_job')).toBe(2);
    days(90);
    await keep(ctx);
    expect((await bench.rows(sql.unsafe`select e_id as id from email_job`)).map(({ id }) => id)).toEqual([queued.eId]);
    expect(await bench.rows(sql.unsafe`select from attempt where job_e_id = ${sent.eId}`)).toEqual([]);
    expect(await count('email_payload')).toBe(1);
    await bench.send(ctx, sender(ctx));
    expect(await jobCounts(bench)).toEqual({ SENT: 1 });
  });

  test('goes as whole partitions where everything has ended', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await keep(ctx);
    await acceptJobs(ctx, c, 3);
    await bench.send(ctx, sender(ctx));
    const before = await partitions('email_job');
    days(121);
    await keep(ctx);
    const [oldest] = before;
    expect(await partitions('email_job')).not.toContain(oldest);
    expect([await count('email_job'), await count('attempt'), await count('email_payload')]).toEqual([0, 0, 0]);
  });

  test('a dead letter stays as long as its job, and goes with it', async () => {
    const { ctx, sent } = await withMail();
    await bench.rows(sql.unsafe`update email_job set status = 'DEAD_LETTER' where e_id = ${sent.eId}`);
    await bench.rows(sql.unsafe`
      insert into dead_letter (tenant_id, job_e_id, at, attempts) select tenant_id, e_id, accepted_at, 6 from email_job where e_id = ${sent.eId}`);
    await keep(ctx);
    days(91);
    await keep(ctx);
    expect([await bench.rows(sql.unsafe`select from email_job where e_id = ${sent.eId}`), await count('dead_letter')]).toEqual([[{}], 1]);
    days(31);
    await keep(ctx);
    expect([await bench.rows(sql.unsafe`select from email_job where e_id = ${sent.eId}`), await count('dead_letter')]).toEqual([[], 0]);
  });

  test('an idempotency key is remembered for its days, and longer while its job has not ended', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const once = (key: string) => accept(ctx, [requestOf(c, key)], caller);
    await once('ended');
    await bench.send(ctx, sender(ctx));
    await once('queued');
    days(29);
    await keep(ctx);
    expect((await once('ended'))[0]?.kind).toBe('replayed');
    days(2);
    await keep(ctx);
    expect((await once('queued'))[0]?.kind).toBe('replayed');
    expect((await once('ended'))[0]?.kind).toBe('accepted');
  });
});

test('runs once an hour of domain time', async () => {
  const ctx = await bench.worker('a');
  days(5000);
  const pass = retentionPass(ctx, retention);
  await pass();
  const made = await partitions('email_payload');
  days(1 / 25);
  await pass();
  expect(await partitions('email_payload')).toEqual(made);
  days(1);
  await pass();
  expect(await partitions('email_payload')).not.toEqual(made);
});

test('work that was carried out goes after a month; what is under way stays, and what a repeat must know of', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.create(ctx);
  await bench.signal(ctx, c, 'provision');
  await bench.workFor(ctx, 60, (now) => now.operational === 'AWAITING_VERIFICATION', c);
  const kinds = async (): Promise<unknown[]> =>
    (await bench.rows(sql.unsafe`select distinct kind from effect order by kind`)).map(({ kind }) => kind);
  // A call that failed for good, and may have done something all the same.
  await bench.rows(sql.unsafe`update effect set intent_at = created_at where kind = 'create-domain'`);
  // Written by the database's clock, which no test moves.
  await bench.rows(sql.unsafe`update zone_change set requested_at = ${sql.timestamp(bench.now)}`);
  expect(await count('zone_change')).toBe(2);
  await bench.signal(ctx, c, 'remove');
  days(29);
  await keep(ctx);
  expect(await kinds()).toEqual(['check-verification', 'create-domain', 'create-server', 'install-webhook', 'unwind', 'write-records']);
  days(2);
  await keep(ctx);
  // The look that waits, and the removal, have not been carried out.
  expect(await kinds()).toEqual(['check-verification', 'create-domain', 'unwind']);
  expect(await count('zone_change')).toBe(0);
});

test('runs and findings of drift go when their retention is over; what is open, and the last run, stay', async () => {
  const ctx = await bench.worker('a');
  const finding = (subject: string, resolved: boolean) =>
    bench.rows(sql.unsafe`
      insert into drift_finding (id, tag, subject, class, context, evidence, first_seen_at, opened_at, last_seen_at, resolved_at, opened_run_id, run_id)
      values (gen_random_uuid(), 'email.drift.dns_dkim_mismatch', ${subject}, 'edited', '{}', '{}', ${sql.timestamp(bench.now)}, ${sql.timestamp(bench.now)},
        ${sql.timestamp(bench.now)}, ${resolved ? sql.timestamp(bench.now) : null}, gen_random_uuid(), gen_random_uuid())`);
  const finished = () =>
    bench.rows(sql.unsafe`
      insert into drift_run (id, trigger, author, request_id, assertions, requested_at, started_at, finished_at)
      values (gen_random_uuid(), 'tick', 'postroute', 'r', '{dns}', ${sql.timestamp(bench.now)}, ${sql.timestamp(bench.now)}, ${sql.timestamp(bench.now)})`);
  await finding('closed', true);
  await finding('open', false);
  await finished();
  days(1);
  await finished();
  days(89.5);
  await keep(ctx);
  expect(await bench.rows(sql.unsafe`select subject from drift_finding`)).toEqual([{ subject: 'open' }]);
  expect(await count('drift_run')).toBe(1);
  days(10);
  await keep(ctx);
  expect(await count('drift_run')).toBe(1);
});
