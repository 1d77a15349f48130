/** Handing messages over: each at most once per try, in turns, and with every outcome on disk. */
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { sender } from '../../service/work/sender.ts';
import { acceptJob, acceptJobs, attemptRows, jobCounts, jobRow, jobRows } from '../support/acceptJobs.ts';
import { later } from '../support/configurationBuilder.ts';
import { createTestDatabase } from '../support/database.ts';
import { answer, noAnswer } from '../support/fakeMail.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());
const pauses = () => bench.rows(sql.unsafe`select scope, code, until from provider_pause order by scope`);
const suppressions = () => bench.rows(sql.unsafe`select recipient, reason, origin, source_job_e_id as "jobEId" from suppression_entry`);

test('the attempts are on disk before the call is made', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  await acceptJobs(ctx, c, 2);
  let seen: unknown = null;
  bench.mail.next(async (messages) => {
    seen = [await jobCounts(bench), await attemptRows(bench)];
    return bench.mail.take(messages);
  });
  await bench.send(ctx, sender(ctx));
  const open = { number: 1, outcome: null, code: null, batchSize: 2, finished: false };
  expect(seen).toEqual([{ SENDING: 2 }, [open, open]]);
  expect(await jobCounts(bench)).toEqual({ SENT: 2 });
  expect((await attemptRows(bench))[0]).toEqual({ number: 1, outcome: 'accepted', code: 'http_200', batchSize: 2, finished: true });
});

test('a message goes out as it was accepted, with what tells it apart', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx, { slug: 'acme' });
  const job = await acceptJob(ctx, c, {
    subject: 'Hi',
    htmlBody: '<p>x</p>',
    tag: 't',
    metadata: { order: '7' },
    replyToEmail: 'help@acme.com',
  });
  await bench.send(ctx, sender(ctx));
  expect(bench.mail.calls).toEqual([
    {
      serverToken: `token-of-${c.serverId}`,
      messages: [
        {
          from: 'noreply@acme.dev.example.net',
          to: job.recipient,
          replyTo: 'help@acme.com',
          subject: 'Hi',
          htmlBody: '<p>x</p>',
          textBody: 'Hello',
          tag: 't',
          metadata: { order: '7', jobId: job.eId, requestId: 'request-1' },
          attachments: [],
        },
      ],
    },
  ]);
  expect(await jobRow(bench, job)).toMatchObject({
    status: 'SENT',
    messageId: 'message-1',
    sentAt: bench.now,
    nextAttemptAt: null,
    holder: null,
  });
});

test('the domain of a reply address goes out as A-labels, since Postmark takes no other; its local part stays as it was written', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  await acceptJob(ctx, c, { replyToEmail: 'Help.Desk@Bücher.example' });
  await bench.send(ctx, sender(ctx));
  expect(bench.mail.calls[0]?.messages[0]?.replyTo).toBe('Help.Desk@xn--bcher-kva.example');
});

test('two senders that look at the same moment hand each message over once', async () => {
  const [a, b] = [await bench.worker('a', { batchMax: 7 }), await bench.worker('b', { batchMax: 7 })];
  const c = await bench.sendable(a);
  await acceptJobs(a, c, 100);
  const [one, other] = [sender(a), sender(b)];
  for (let round = 0; round < 12; round += 1) await Promise.all([bench.send(a, one), bench.send(b, other)]);
  expect(bench.mail.handedOver).toHaveLength(100);
  expect(new Set(bench.mail.handedOver).size).toBe(100);
  expect(await jobCounts(bench)).toEqual({ SENT: 100 });
});

test('configurations take turns, so that a long queue does not delay another’s first message', async () => {
  const ctx = await bench.worker('a', { batchMax: 10, sendConcurrency: 1 });
  const configurations = [];
  for (const tenantId of ['one', 'two', 'three']) configurations.push(await bench.sendable(ctx, { tenantId }));
  const [busy] = configurations;
  if (busy === undefined) throw new Error('none');
  await acceptJobs(ctx, busy, 100);
  for (const c of configurations.slice(1)) await acceptJobs(ctx, c);
  const by = sender(ctx);
  for (let turn = 0; turn < 3; turn += 1) await bench.send(ctx, by);
  expect(new Set(bench.mail.calls.map(({ serverToken }) => serverToken)).size).toBe(3);
});

test('what cannot be sent for now stays queued: locked, failed, not yet due', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  await acceptJobs(ctx, c, 2);
  await bench.rows(sql.unsafe`
    update email_job set next_attempt_at = ${sql.timestamp(later(10))} where e_id = (select e_id from email_job order by e_id limit 1)`);
  await bench.send(ctx, sender(ctx));
  expect(await jobCounts(bench)).toEqual({ QUEUED: 1, SENT: 1 });
  await bench.signal(ctx, c, 'lock');
  bench.pass(10);
  expect(await bench.send(ctx, sender(ctx))).toBe(0);
  expect(await jobCounts(bench)).toEqual({ QUEUED: 1, SENT: 1 });
});

test('nothing is claimed behind a lock that has committed, also when the sender had seen the gate open', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  await acceptJobs(ctx, c, 2);
  const locker = new Client({ connectionString: bench.database.url });
  await locker.connect();
  try {
    await locker.query('begin');
    await locker.query('select from configuration where e_id = $1 for update', [c.eId]);
    await locker.query(`update configuration set administrative = 'LOCKED' where e_id = $1`, [c.eId]);
    let over = false;
    const sending = bench.send(ctx, sender(ctx)).finally(() => {
      over = true;
    });
    const waiting = () =>
      bench.rows(
        sql.unsafe`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%claimed%'`,
      );
    // Until its claim waits for this transaction.
    while (!over && (await waiting()).length === 0) await locker.query('select pg_sleep(0.01)');
    await locker.query('commit');
    await sending;
  } finally {
    await locker.end();
  }
  expect([bench.mail.calls, await jobCounts(bench)]).toEqual([[], { QUEUED: 2 }]);
});

describe('an outcome', () => {
  const once = async (...answers: ReturnType<typeof answer>[]) => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const jobs = await acceptJobs(ctx, c, answers.length);
    // Jobs of one moment are handed over in the order of their ids.
    const inOrder = [...jobs].sort((x, y) => (x.eId < y.eId ? -1 : 1));
    bench.mail.next(() => answers);
    await bench.send(ctx, sender(ctx));
    return { ctx, c, jobs: inOrder };
  };

  test('of each message of a batch is its own', async () => {
    const { jobs } = await once(answer(422, 406), answer(422, 300), answer(503, 100), noAnswer);
    const statuses = await Promise.all(jobs.map(async (job) => (await jobRow(bench, job))['status']));
    expect(statuses).toEqual(['SUPPRESSED', 'FAILED', 'QUEUED', 'HELD']);
  });

  test('406 suppresses the recipient for the tenant', async () => {
    const { jobs } = await once(answer(422, 406));
    expect(await suppressions()).toEqual([
      { recipient: jobs[0]?.recipient, reason: 'ProviderInactive', origin: 'provider', jobEId: jobs[0]?.eId },
    ]);
  });

  test('transient: the next rung; accepted at last', async () => {
    const { ctx, jobs } = await once(answer(503, 100));
    const [job = { eId: '' }] = jobs;
    expect(await jobRow(bench, job)).toMatchObject({ status: 'QUEUED', nextAttemptAt: later(10), rungs: 1, lastCode: 'postmark_100' });
    expect(await bench.send(ctx, sender(ctx))).toBe(0);
    bench.pass(10);
    await bench.send(ctx, sender(ctx));
    expect(await jobRow(bench, job)).toMatchObject({ status: 'SENT', attempts: 2, lastCode: null });
    expect((await attemptRows(bench)).map(({ outcome }) => outcome)).toEqual(['transient', 'accepted']);
  });

  test('transient to the end of the ladder: a dead letter, and never before', async () => {
    const { ctx, jobs } = await once(answer(503, 100));
    const [job = { eId: '' }] = jobs;
    bench.mail.otherwise = (messages) => messages.map(() => answer(503, 100));
    const dead = () => bench.rows(sql.unsafe`select attempts, last_code as code from dead_letter`);
    for (const seconds of [10, 60, 300, 1800, 7200]) {
      expect([await jobRow(bench, job), await dead()]).toMatchObject([{ status: 'QUEUED' }, []]);
      bench.pass(seconds);
      await bench.send(ctx, sender(ctx));
    }
    expect(await jobRow(bench, job)).toMatchObject({ status: 'DEAD_LETTER', attempts: 6, nextAttemptAt: null, endedAt: bench.now });
    expect(await dead()).toEqual([{ attempts: 6, code: 'postmark_100' }]);
  });

  test('throttled: no rung is used, and that server alone is left alone', async () => {
    const { ctx, c, jobs } = await once(answer(429, 429));
    expect(await jobRow(bench, jobs[0] ?? { eId: '' })).toMatchObject({ status: 'QUEUED', rungs: 0, attempts: 1 });
    expect(await pauses()).toEqual([{ scope: `server:${c.serverId}`, code: 'postmark_429', until: later(5) }]);
    const other = await bench.sendable(ctx, { tenantId: 'other' });
    await acceptJobs(ctx, other);
    await bench.send(ctx, sender(ctx));
    expect(await jobCounts(bench)).toEqual({ QUEUED: 1, SENT: 1 });
    bench.pass(5);
    await bench.send(ctx, sender(ctx));
    expect([await jobCounts(bench), await pauses()]).toEqual([{ SENT: 2 }, []]);
  });

  test.each([405, 412, 413, 1480])('%i: the whole account pauses, nothing is used up, and it is told once', async (code) => {
    const { ctx, jobs } = await once(answer(422, code));
    expect(await jobRow(bench, jobs[0] ?? { eId: '' })).toMatchObject({ status: 'QUEUED', rungs: 0 });
    const other = await bench.sendable(ctx, { tenantId: 'other' });
    await acceptJobs(ctx, other);
    expect(await bench.send(ctx, sender(ctx))).toBe(0);
    bench.mail.otherwise = (messages) => messages.map(() => answer(422, code));
    for (let minute = 0; minute < 3; minute += 1) {
      bench.pass(60);
      await bench.send(ctx, sender(ctx));
    }
    expect(bench.incidents.map(({ message }) => message)).toEqual(['email.send.account_refused']);
    bench.mail.otherwise = null;
    bench.pass(60);
    for (let n = 0; n < 2; n += 1) await bench.send(ctx, sender(ctx));
    expect([await jobCounts(bench), await pauses()]).toEqual([{ SENT: 2 }, []]);
  });

  test('of a call that was begun before the account was refused does not open it again', async () => {
    const ctx = await bench.worker('a');
    const [one, other] = [await bench.sendable(ctx), await bench.sendable(ctx, { tenantId: 'other' })];
    await acceptJobs(ctx, one);
    bench.mail.next(async (messages) => {
      bench.pass(1);
      await acceptJobs(ctx, other);
      bench.mail.nextAnswer(answer(422, 405));
      await bench.send(ctx, sender(ctx));
      return bench.mail.take(messages);
    });
    await bench.send(ctx, sender(ctx));
    expect([await jobCounts(bench), await pauses()]).toMatchObject([{ QUEUED: 1, SENT: 1 }, [{ scope: 'account', code: 'postmark_405' }]]);
  });

  test('words that cannot be stored do not keep it from being written', async () => {
    const { jobs } = await once(answer(422, 300, `a\u0000b\ud800${'😀'.repeat(600)}`), answer(422, 10, `\u0000x${'😀'.repeat(600)}`));
    expect(await jobRow(bench, jobs[0] ?? { eId: '' })).toMatchObject({ status: 'FAILED', lastCode: 'postmark_300' });
    expect(bench.troubles()).toEqual([]);
    expect(await bench.rows(sql.unsafe`select failure_count as count from configuration`)).toEqual([{ count: 1 }]);
  });
});

describe('failures of the configuration', () => {
  const badToken = answer(401, 10);

  test('five in a row make FAILURE, told once; what is queued waits', async () => {
    const ctx = await bench.worker('a', { batchMax: 1 });
    const c = await bench.sendable(ctx);
    await acceptJobs(ctx, c, 7);
    bench.mail.otherwise = (messages) => messages.map(() => badToken);
    const by = sender(ctx);
    for (let n = 0; n < 8; n += 1) await bench.send(ctx, by);
    expect(await bench.read(c)).toMatchObject({ operational: 'FAILURE', failureCount: 5, lastFailureCode: 'postmark_10' });
    expect(await jobCounts(bench)).toEqual({ FAILED: 5, QUEUED: 2 });
    await bench.workOff(ctx);
    expect(bench.incidents.map(({ message }) => message)).toEqual(['email.configuration.lifecycle.failure']);
    await bench.signal(ctx, c, 'recover');
    bench.mail.otherwise = null;
    await bench.send(ctx, by);
    expect(await bench.read(c)).toMatchObject({ operational: 'OK', failureCount: 0 });
  });

  test('a success between them resets the count', async () => {
    const ctx = await bench.worker('a', { batchMax: 1 });
    const c = await bench.sendable(ctx);
    await acceptJobs(ctx, c, 9);
    bench.mail.nextAnswer(badToken, badToken, badToken, badToken);
    bench.mail.next((messages) => bench.mail.take(messages));
    bench.mail.nextAnswer(badToken, badToken, badToken, badToken);
    const by = sender(ctx);
    for (let n = 0; n < 9; n += 1) await bench.send(ctx, by);
    expect(await bench.read(c)).toMatchObject({ operational: 'OK', failureCount: 4 });
  });

  test('those of one batch count each, in their order: a success among them resets', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await acceptJobs(ctx, c, 8);
    bench.mail.next((messages) => {
      const taken = bench.mail.take(messages.slice(0, 1));
      return [badToken, badToken, badToken, ...taken, badToken, badToken, badToken, badToken];
    });
    await bench.send(ctx, sender(ctx));
    expect(await bench.read(c)).toMatchObject({ operational: 'OK', failureCount: 4 });
  });

  test('a refused recipient is no failure of the configuration, and no success either', async () => {
    const ctx = await bench.worker('a', { batchMax: 1 });
    const c = await bench.sendable(ctx);
    await acceptJobs(ctx, c, 3);
    bench.mail.nextAnswer(badToken, answer(422, 300), badToken);
    const by = sender(ctx);
    for (let n = 0; n < 3; n += 1) await bench.send(ctx, by);
    expect(await bench.read(c)).toMatchObject({ failureCount: 2 });
  });
});

test('a token whose key is not loaded is not sent with, and the messages wait', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const job = await acceptJob(ctx, c);
  bench.keysLoaded.clear();
  await bench.send(ctx, sender(ctx));
  expect(await jobRow(bench, job)).toMatchObject({ status: 'QUEUED', rungs: 0, lastCode: 'key_not_loaded' });
  expect(bench.mail.calls).toEqual([]);
  bench.keysLoaded.add(c.keyVersionId ?? '');
  bench.pass(5);
  await bench.send(ctx, sender(ctx));
  expect(await jobCounts(bench)).toEqual({ SENT: 1 });
});

test('an empty queue costs no claim, and a claim of nothing leaves no trace', async () => {
  const ctx = await bench.worker('a');
  await bench.sendable(ctx);
  expect(await bench.send(ctx, sender(ctx))).toBe(0);
  expect(await jobRows(bench)).toEqual([]);
});
