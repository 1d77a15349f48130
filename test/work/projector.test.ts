/** Acting on callbacks: whatever the order and number of their arrivals, each counts once. */
import fc from 'fast-check';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { outcomeRecordTypes } from '../../service/core/job/projection.ts';
import { eventsOfJobs, insertEmailEvents } from '../../service/store/emailEvents.ts';
import { sql } from '../../service/store/pool.ts';
import { matchEvents, projectEvents } from '../../service/work/projector.ts';
import { sender } from '../../service/work/sender.ts';
import { addSuppression, releaseSuppressedRecipient } from '../../service/work/suppressionActions.ts';
import { triageJob } from '../../service/work/triageJob.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { acceptJob, jobRow } from '../support/acceptJobs.ts';
import { later } from '../support/configurationBuilder.ts';
import { createTestDatabase } from '../support/database.ts';
import { noAnswer } from '../support/fakeMail.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const database = await createTestDatabase();
const bench = new WorkBench(database);

type Happened = {
  recordType: string;
  second: number;
  recipient?: string;
  bounceType?: string;
  jobEId?: string | null;
  messageId?: string;
  payload?: Record<string, unknown>;
};
let keys = 0;

/** As intake stores it. */
const arrive = async (
  ctx: WorkContext,
  of: { tenantId: string; eId: string; configurationEId?: string },
  happened: Happened,
): Promise<void> => {
  keys += 1;
  await insertEmailEvents(ctx.db, [
    {
      tenantId: of.tenantId,
      id: ctx.newId(),
      configurationEId: of.configurationEId ?? of.eId,
      jobEId: happened.jobEId === undefined ? of.eId : happened.jobEId,
      dedupeKey: `key-${keys}`,
      recordType: happened.recordType,
      messageId: happened.messageId ?? null,
      recipient: happened.recipient ?? 'bob@example.com',
      bounceType: happened.bounceType ?? null,
      occurredAt: later(happened.second),
      receivedAt: ctx.now(),
      payload: JSON.stringify(happened.payload ?? {}),
    },
  ]);
};
const sent = async (ctx: WorkContext) => {
  const job = await acceptJob(ctx, await bench.sendable(ctx));
  await bench.send(ctx, sender(ctx));
  return job;
};
const entries = () =>
  bench.rows(sql.unsafe`select recipient, reason, origin, active, since, author from suppression_entry order by since, id`);
const delivery = (second: number): Happened => ({ recordType: 'Delivery', second });
const bounce = (second: number, bounceType = 'HardBounce'): Happened => ({ recordType: 'Bounce', second, bounceType });
const complaint = (second: number): Happened => ({ recordType: 'SpamComplaint', second });
const subscription = (second: number, suppress: boolean, reason: string | null = null): Happened => ({
  recordType: 'SubscriptionChange',
  second,
  payload: { SuppressSending: suppress, ...(reason === null ? {} : { SuppressionReason: reason }) },
});

test.each<[string, Happened[], object]>([
  ['a delivery', [delivery(1)], { status: 'DELIVERED' }],
  ['a hard bounce', [bounce(1)], { status: 'BOUNCED' }],
  ['an address that never was', [bounce(1, 'BadEmailAddress')], { status: 'BOUNCED' }],
  ['a soft bounce says nothing yet', [bounce(1, 'SoftBounce')], { status: 'SENT' }],
  ['a transient one neither', [bounce(1, 'Transient')], { status: 'SENT' }],
  ['a complaint after a delivery', [delivery(1), complaint(2)], { status: 'COMPLAINED' }],
  ['a delivery after a bounce contradicts', [bounce(1), delivery(2)], { status: 'INCONSISTENT' }],
  ['an opening says nothing of the outcome', [{ recordType: 'Open', second: 1 }], { status: 'SENT' }],
  ['a click neither', [{ recordType: 'Click', second: 1 }], { status: 'SENT' }],
])('%s', async (_name, events, expected) => {
  const ctx = await bench.worker('a');
  const job = await sent(ctx);
  for (const event of events) await arrive(ctx, job, event);
  expect(await projectEvents(ctx)).toBe(events.length);
  expect(await jobRow(bench, job)).toMatchObject(expected);
  expect(await projectEvents(ctx)).toBe(0);
});

test('any order and any repetition of arrival, taken in any portions, ends in the same status', async () => {
  const ctx = await bench.worker('a');
  const happened = [delivery(1), bounce(3), complaint(5), { recordType: 'Open', second: 2 }];
  const arrivals = fc
    .array(fc.nat({ max: happened.length - 1 }), { maxLength: 3 })
    .chain((again) => fc.shuffledSubarray([0, 1, 2, 3, ...again], { minLength: 4 + again.length }))
    .chain((order) => fc.tuple(fc.constant(order), fc.array(fc.boolean(), { minLength: order.length, maxLength: order.length })));
  const c = await bench.sendable(ctx);
  await fc.assert(
    fc.asyncProperty(arrivals, async ([order, passes]) => {
      const job = await acceptJob(ctx, c);
      for (const [position, index] of order.entries()) {
        const event = happened[index];
        if (event !== undefined) await arrive(ctx, job, event);
        if (passes[position]) await projectEvents(ctx);
      }
      await projectEvents(ctx);
      expect(await jobRow(bench, job)).toMatchObject({ status: 'COMPLAINED' });
    }),
    { numRuns: 25 },
  );
});

test('two projectors that look at the same moment act on each callback once', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  const jobs = [await sent(a), await acceptJob(a, await bench.sendable(a, { tenantId: 'other' }))];
  for (let n = 0; n < 30; n += 1) for (const job of jobs) await arrive(a, job, { ...delivery(n), recipient: `r${n}@example.com` });
  const taken = await Promise.all([projectEvents(a), projectEvents(b), projectEvents(a), projectEvents(b)]);
  expect(taken.reduce((sum, count) => sum + count, 0)).toBe(60);
  for (const job of jobs) expect((await jobRow(bench, job))['status']).toBe('DELIVERED');
});

test('a message that is opened again and again is neither held nor folded again: only what may say what became of it is', async () => {
  const ctx = await bench.worker('a');
  const job = await sent(ctx);
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select from email_job where e_id = $1 for update', [job.eId]);
  for (let second = 1; second <= 3; second += 1) await arrive(ctx, job, { recordType: 'Open', second });
  expect(await projectEvents(ctx)).toBe(3);
  await holder.end();
  await arrive(ctx, job, delivery(4));
  expect(await projectEvents(ctx)).toBe(1);
  expect((await jobRow(bench, job))['status']).toBe('DELIVERED');
  const folded = await eventsOfJobs(ctx.db, [{ tenantId: job.tenantId, jobEId: job.eId }], outcomeRecordTypes);
  expect(folded.map(({ recordType }) => recordType)).toEqual(['Delivery']);
});

describe('a callback may be faster than we are', () => {
  test('while the call is under way: the job stays DELIVERED, and learns its MessageID', async () => {
    const ctx = await bench.worker('a');
    const job = await acceptJob(ctx, await bench.sendable(ctx));
    bench.mail.next(async (messages) => {
      const answers = bench.mail.take(messages);
      await arrive(ctx, job, delivery(1));
      await projectEvents(ctx);
      return answers;
    });
    await bench.send(ctx, sender(ctx));
    expect(await jobRow(bench, job)).toMatchObject({ status: 'DELIVERED', messageId: 'message-1', sentAt: bench.now, nextAttemptAt: null });
  });

  test('while the outcome is unknown: it is known then, and not looked up', async () => {
    const ctx = await bench.worker('a');
    const job = await acceptJob(ctx, await bench.sendable(ctx));
    bench.mail.next(async (messages) => {
      await arrive(ctx, job, { ...bounce(1), messageId: 'm-7' });
      await projectEvents(ctx);
      return messages.map(() => noAnswer);
    });
    await bench.send(ctx, sender(ctx));
    expect(await jobRow(bench, job)).toMatchObject({ status: 'BOUNCED', messageId: 'm-7', sentAt: bench.now, nextAttemptAt: null });
    bench.pass(100_000);
    expect([await bench.lookUp(ctx), await bench.send(ctx, sender(ctx))]).toEqual([0, 0]);
  });

  test('a callback for a job that nobody knows is kept, and acted on when it is known', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const unknown = { tenantId: c.tenantId, eId: '0199aaaa-0000-7000-8000-00000000f001', configurationEId: c.eId };
    await arrive(ctx, unknown, bounce(1));
    await projectEvents(ctx);
    expect(bench.told.filter(({ what }) => what === 'unmatched')).toHaveLength(1);
    expect(await bench.rows(sql.unsafe`select count(*)::int as count from email_event`)).toEqual([{ count: 1 }]);
    expect(await entries()).toMatchObject([{ recipient: 'bob@example.com', reason: 'HardBounce' }]);
    const job = await acceptJob(ctx, c);
    await bench.rows(sql.unsafe`update email_job set e_id = ${unknown.eId} where e_id = ${job.eId}`);
    expect(await matchEvents(ctx)).toBe(1);
    await projectEvents(ctx);
    expect((await jobRow(bench, unknown))['status']).toBe('BOUNCED');
  });
});

test('a callback that names another tenant’s job moves nothing of theirs, and is nobody’s', async () => {
  const ctx = await bench.worker('a');
  const job = await sent(ctx);
  await arrive(ctx, { ...job, tenantId: 'other' }, complaint(1));
  await projectEvents(ctx);
  expect((await jobRow(bench, job))['status']).toBe('SENT');
  expect(bench.told.filter(({ what }) => what === 'unmatched')).toHaveLength(1);
  expect([await matchEvents(ctx), await projectEvents(ctx)]).toEqual([0, 0]);
});

describe('a callback that does not name its job', () => {
  const unnamed = (happened: Happened): Happened => ({ ...happened, jobEId: null });

  test('is known by its message', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    const { recipient } = job;
    await arrive(ctx, job, { ...unnamed(delivery(1)), messageId: 'message-1', recipient });
    await projectEvents(ctx);
    expect((await jobRow(bench, job))['status']).toBe('DELIVERED');
    // The same number of another tenant, or of another recipient, is another message.
    await arrive(ctx, { ...job, tenantId: 'other' }, { ...unnamed(complaint(2)), messageId: 'message-1', recipient });
    await arrive(ctx, job, { ...unnamed(complaint(2)), messageId: 'message-1', recipient: 'eve@example.com' });
    await projectEvents(ctx);
    expect((await jobRow(bench, job))['status']).toBe('DELIVERED');
    expect(bench.told.filter(({ what }) => what === 'unmatched')).toHaveLength(2);
  });

  test('and comes before the message’s own number is on disk is matched when it is', async () => {
    const ctx = await bench.worker('a');
    const job = await acceptJob(ctx, await bench.sendable(ctx));
    bench.mail.next(async (messages) => {
      const answers = bench.mail.take(messages);
      await arrive(ctx, job, { ...unnamed(delivery(1)), messageId: 'message-1', recipient: job.recipient });
      await projectEvents(ctx);
      return answers;
    });
    await bench.send(ctx, sender(ctx));
    expect((await jobRow(bench, job))['status']).toBe('SENT');
    expect([await matchEvents(ctx), await projectEvents(ctx), await matchEvents(ctx)]).toEqual([1, 1, 0]);
    expect((await jobRow(bench, job))['status']).toBe('DELIVERED');
  });

  test('is no longer looked for when it is old', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    await arrive(ctx, job, { ...unnamed(delivery(1)), messageId: 'message-7', recipient: job.recipient });
    await projectEvents(ctx);
    await bench.rows(sql.unsafe`update email_job set postmark_message_id = 'message-7'`);
    bench.pass(3600);
    expect(await matchEvents(ctx)).toBe(0);
  });
});

test('an operator’s triage stands, whatever arrives afterwards', async () => {
  const ctx = await bench.worker('a');
  const job = await sent(ctx);
  for (const event of [bounce(1), delivery(2)]) await arrive(ctx, job, event);
  await projectEvents(ctx);
  expect(await triageJob(ctx, { ...job, resolution: 'delivered', reason: 'asked them', origin: 'operator' }, caller)).toMatchObject({
    kind: 'done',
  });
  await arrive(ctx, job, complaint(3));
  await projectEvents(ctx);
  expect((await jobRow(bench, job))['status']).toBe('DELIVERED');
  expect(await triageJob(ctx, { ...job, resolution: 'bounced', reason: 'again', origin: 'operator' }, caller)).toMatchObject({
    kind: 'notAccepted',
    status: 'DELIVERED',
  });
});

describe('suppressions', () => {
  const project = async (ctx: WorkContext, of: { tenantId: string; eId: string }, ...events: Happened[]): Promise<void> => {
    for (const event of events) {
      await arrive(ctx, of, event);
      await projectEvents(ctx);
    }
  };
  const active = async () => (await entries()).filter((entry) => entry['active']);

  test('a hard bounce opens one, once', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    await project(ctx, job, bounce(1), bounce(2), bounce(3, 'SoftBounce'));
    expect(await entries()).toEqual([
      { recipient: 'bob@example.com', reason: 'HardBounce', origin: 'webhook', active: true, since: later(1), author: 'postmark' },
    ]);
  });

  test('a complaint outranks what was there, whichever comes first', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    await project(ctx, job, bounce(1), complaint(2), bounce(3));
    expect(await active()).toMatchObject([{ reason: 'SpamComplaint' }]);
  });

  test('a soft bounce opens none', async () => {
    const ctx = await bench.worker('a');
    await project(ctx, await sent(ctx), bounce(1, 'SoftBounce'), delivery(2));
    expect(await entries()).toEqual([]);
  });

  test.each([
    ['HardBounce', 'HardBounce'],
    ['SpamComplaint', 'SpamComplaint'],
    ['ManualSuppression', 'SubscriptionChange'],
    [null, 'SubscriptionChange'],
  ])('a change of subscription for %s opens one as %s', async (told, reason) => {
    const ctx = await bench.worker('a');
    await project(ctx, await sent(ctx), subscription(1, true, told));
    expect(await active()).toMatchObject([{ reason, origin: 'webhook' }]);
  });

  test('a change without suppression releases what a callback opened', async () => {
    const ctx = await bench.worker('a');
    await project(ctx, await sent(ctx), subscription(1, true), subscription(2, false));
    expect(await entries()).toMatchObject([{ active: false }]);
  });

  test('but never a complaint', async () => {
    const ctx = await bench.worker('a');
    await project(ctx, await sent(ctx), complaint(1), subscription(2, false));
    expect(await active()).toMatchObject([{ reason: 'SpamComplaint' }]);
  });

  test('nor what an operator opened', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    const request = { tenantId: job.tenantId, recipient: 'bob@example.com', note: null, origin: 'operator' } as const;
    await addSuppression({ ...ctx, mail: ctx.ports.mail }, request, caller);
    await project(ctx, job, subscription(1, false));
    expect(await active()).toMatchObject([{ origin: 'operator' }]);
  });

  test('nor what somebody asked for when a callback had opened it already', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    await project(ctx, job, subscription(1, true));
    const request = { tenantId: job.tenantId, recipient: 'bob@example.com', note: null, origin: 'tenant' } as const;
    expect((await addSuppression({ ...ctx, mail: ctx.ports.mail }, request, caller)).kind).toBe('alreadyActive');
    await project(ctx, job, subscription(2, false), bounce(3));
    expect(await active()).toMatchObject([{ reason: 'SubscriptionChange', origin: 'tenant', since: later(1), author: 'tester' }]);
  });

  test('nor what was opened after it happened: an old callback may come late', async () => {
    const ctx = await bench.worker('a');
    await project(ctx, await sent(ctx), bounce(5), subscription(2, false));
    expect(await active()).toMatchObject([{ reason: 'HardBounce', since: later(5) }]);
  });

  test('a bounce that is told late does not suppress again whom somebody has released since', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    await project(ctx, job, bounce(1));
    bench.pass(5);
    const release = { tenantId: job.tenantId, recipient: 'bob@example.com', reason: 'asked', force: false };
    await releaseSuppressedRecipient({ ...ctx, mail: ctx.ports.mail }, release, caller);
    await project(ctx, job, bounce(2), complaint(3), subscription(4, true));
    expect(await active()).toEqual([]);
    await project(ctx, job, bounce(6));
    expect(await active()).toMatchObject([{ reason: 'HardBounce', since: later(6) }]);
  });

  test('an address that is none is left alone', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    await arrive(ctx, job, bounce(1));
    await bench.rows(sql.unsafe`update email_event set recipient = null`);
    await projectEvents(ctx);
    expect(await entries()).toEqual([]);
  });

  test('the history of an address is kept: a release is a row, and a new bounce another', async () => {
    const ctx = await bench.worker('a');
    const job = await sent(ctx);
    await project(ctx, job, bounce(1));
    const release = { tenantId: job.tenantId, recipient: 'bob@example.com', reason: 'asked', force: false };
    await releaseSuppressedRecipient({ ...ctx, mail: ctx.ports.mail }, release, caller);
    await project(ctx, job, bounce(9));
    expect(await entries()).toMatchObject([
      { active: false, since: later(1) },
      { active: true, since: later(9) },
    ]);
  });
});

test('one callback that holds nonsense does not keep the others from being acted on', async () => {
  const ctx = await bench.worker('a');
  const job = await sent(ctx);
  await arrive(ctx, job, bounce(0));
  for (const nonsense of ['maybe', 7, [], {}, null])
    await arrive(ctx, job, {
      recordType: 'SubscriptionChange',
      second: 1,
      payload: { SuppressSending: nonsense, SuppressionReason: nonsense },
    });
  await arrive(ctx, job, delivery(0));
  expect(await projectEvents(ctx)).toBe(7);
  expect((await jobRow(bench, job))['status']).toBe('BOUNCED');
  expect(await entries()).toMatchObject([{ reason: 'HardBounce', active: true }]);
});
