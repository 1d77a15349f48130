/** What a person may say of a message whose Postmark server is gone, and what becomes of it then. */
import { describe, expect, test } from 'vitest';
import type { TriageResolution } from '../../service/core/job/records.ts';
import { countInFlight } from '../../service/store/drains.ts';
import { insertEmailEvents } from '../../service/store/emailEvents.ts';
import { readTimeline } from '../../service/store/jobTimelineReads.ts';
import { sql } from '../../service/store/pool.ts';
import { findActiveSuppression } from '../../service/store/suppressions.ts';
import { projectEvents } from '../../service/work/projector.ts';
import { sender } from '../../service/work/sender.ts';
import { triageJob } from '../../service/work/triageJob.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { acceptJob, jobRow } from '../support/acceptJobs.ts';
import { later } from '../support/configurationBuilder.ts';
import { createTestDatabase } from '../support/database.ts';
import { meanwhile, refused, unavailable } from '../support/fakeCalls.ts';
import { noAnswer } from '../support/fakeMail.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

const held = async (ctx: WorkContext) => {
  const c = await bench.sendable(ctx);
  const job = await acceptJob(ctx, c);
  bench.mail.nextAnswer(noAnswer);
  await bench.send(ctx, sender(ctx));
  return { c, job };
};

/** Its server was deleted by hand, and a look has found that out. */
const lost = async (ctx: WorkContext) => {
  const made = await held(ctx);
  bench.postmark.servers.delete(made.c.serverId ?? 0);
  bench.outside.always('findByJobId', refused(10));
  bench.pass(45);
  await bench.lookUp(ctx);
  expect(await jobRow(bench, made.job)).toMatchObject({
    status: 'HELD',
    looks: 0,
    lastCode: 'server_gone',
    nextAttemptAt: later(45 + 3600),
  });
  return made;
};

const settle = (ctx: WorkContext, { tenantId, eId }: { tenantId: string; eId: string }, resolution: TriageResolution) =>
  triageJob(ctx, { tenantId, eId, resolution, reason: 'asked them', origin: 'operator' }, caller);

const report = async (ctx: WorkContext, { c, job }: Awaited<ReturnType<typeof held>>, recordType: string, second: number) => {
  const of = { tenantId: c.tenantId, configurationEId: c.eId, jobEId: job.eId, messageId: 'message-9', recipient: job.recipient };
  const bounceType = recordType === 'Bounce' ? 'HardBounce' : null;
  const event = { id: ctx.newId(), recordType, bounceType, occurredAt: later(second), receivedAt: bench.now };
  await insertEmailEvents(ctx.db, [{ ...of, ...event, dedupeKey: `${job.eId} ${recordType} ${second}`, payload: '{}' }]);
  await projectEvents(ctx);
};

const triages = async (ctx: WorkContext, { tenantId, eId }: { tenantId: string; eId: string }) =>
  (await readTimeline(ctx.db, { tenantId, eId, after: null, limit: 50 })).filter(({ kind }) => kind === 'triaged');

describe('a HELD message that can still be looked up is not for a person to settle', () => {
  test('in its grace, and while the search is away or the token alone is refused: the answer says when the next look is', async () => {
    const ctx = await bench.worker('a');
    const { job } = await held(ctx);
    expect(await settle(ctx, job, 'dropped')).toEqual({ kind: 'notAccepted', status: 'HELD', nextAttemptAt: later(45) });
    bench.pass(45);
    for (const behaviour of [unavailable, refused(10), refused(405)]) {
      bench.outside.always('findByJobId', behaviour);
      await bench.lookUp(ctx);
      expect(await jobRow(bench, job)).toMatchObject({ lastCode: 'outcome_unknown', looks: 0 });
      expect(await settle(ctx, job, 'delivered')).toMatchObject({ kind: 'notAccepted', status: 'HELD' });
      bench.pass(10);
    }
  });

  test('and while the account cannot be asked whether the server is there', async () => {
    const ctx = await bench.worker('a');
    const { c, job } = await held(ctx);
    bench.postmark.servers.delete(c.serverId ?? 0);
    bench.outside.always('findByJobId', refused(10));
    bench.outside.next('findServer', unavailable);
    bench.pass(45);
    await bench.lookUp(ctx);
    expect(await settle(ctx, job, 'dropped')).toMatchObject({ kind: 'notAccepted', status: 'HELD' });
    bench.pass(10);
    await bench.lookUp(ctx);
    expect(await settle(ctx, job, 'dropped')).toMatchObject({ kind: 'done' });
  });
});

describe('one that nothing can look up any more', () => {
  test.each([
    ['delivered', 'DELIVERED', null],
    ['bounced', 'BOUNCED', 'HardBounce'],
    ['complained', 'COMPLAINED', 'SpamComplaint'],
  ] as const)('was %s: it ends as %s, sent when its try began, suppressed for %s', async (resolution, status, reason) => {
    const ctx = await bench.worker('a');
    const { c, job } = await lost(ctx);
    expect(await settle(ctx, { ...job, tenantId: 'other' }, resolution)).toEqual({ kind: 'notFound' });
    expect(await settle(ctx, job, resolution)).toMatchObject({ kind: 'done', job: { status, lastError: null, nextAttemptAt: null } });
    expect(await jobRow(bench, job)).toMatchObject({ sentAt: later(0), endedAt: later(45), holder: null });
    expect((await findActiveSuppression(ctx.db, c.tenantId, job.recipient))?.reason ?? null).toBe(reason);
    expect(await triages(ctx, job)).toMatchObject([
      { at: later(45), detail: { from: 'HELD', status, author: 'tester', reason: 'asked them' } },
    ]);
    expect(await countInFlight(ctx.db, c.tenantId, c.eId)).toEqual({ sending: 0, held: 0, unresolvable: 0 });
  });

  test('was dropped: a dead letter that says who decided, and is not sent again by itself', async () => {
    const ctx = await bench.worker('a');
    const { c, job } = await lost(ctx);
    expect(await countInFlight(ctx.db, c.tenantId, c.eId)).toEqual({ sending: 0, held: 1, unresolvable: 1 });
    expect(await settle(ctx, job, 'dropped')).toMatchObject({
      kind: 'done',
      job: {
        status: 'DEAD_LETTER',
        sentAt: null,
        lastError: { code: 'triaged_dropped', message: 'tester settled it as not gone out: asked them' },
      },
    });
    expect(await bench.rows(sql.unsafe`select attempts, last_code as code from dead_letter`)).toEqual([
      { attempts: 1, code: 'triaged_dropped' },
    ]);
    expect(bench.told).toContainEqual({ what: 'deadLettered', detail: 1 });
    bench.pass(100_000);
    await bench.lookUp(ctx);
    await bench.send(ctx, sender(ctx));
    expect(bench.mail.handedOver).toEqual([job.eId]);
    expect(await settle(ctx, job, 'delivered')).toMatchObject({ kind: 'notAccepted', status: 'DEAD_LETTER' });
  });

  test('was dropped after a force-lock: CANCELLED, and no dead letter', async () => {
    const ctx = await bench.worker('a');
    const { c, job } = await lost(ctx);
    await bench.signal(ctx, c, 'force-lock');
    await bench.workOff(ctx);
    expect(await settle(ctx, job, 'dropped')).toMatchObject({ kind: 'done', job: { status: 'CANCELLED' } });
    expect(await bench.rows(sql.unsafe`select 1 from dead_letter`)).toEqual([]);
  });
});

describe('with a look under way at the same moment', () => {
  /** Due for a look that will find it. */
  const foundAgain = async () => {
    const ctx = await bench.worker('a');
    const { job } = await lost(ctx);
    bench.pass(3600);
    bench.outside.always('findByJobId', null);
    bench.mail.taken.set(job.eId, 'message-9');
    return { ctx, job };
  };

  test('the word that is written first stands, and the look that comes back changes nothing', async () => {
    const { ctx, job } = await foundAgain();
    bench.outside.next(
      'findByJobId',
      meanwhile(async () => {
        expect(await settle(ctx, job, 'dropped')).toMatchObject({ kind: 'done' });
      }),
    );
    expect(await bench.lookUp(ctx)).toBe(1);
    expect(await jobRow(bench, job)).toMatchObject({ status: 'DEAD_LETTER', messageId: null });
  });

  test('what the look has found first stands, and there is nothing left to settle', async () => {
    const { ctx, job } = await foundAgain();
    await bench.lookUp(ctx);
    expect(await settle(ctx, job, 'dropped')).toMatchObject({ kind: 'notAccepted', status: 'SENT' });
  });

  test('a look that no longer finds the server gone takes the word away from people again', async () => {
    const ctx = await bench.worker('a');
    const { job } = await lost(ctx);
    bench.pass(3600);
    bench.outside.always('findByJobId', null);
    await bench.lookUp(ctx);
    expect(await settle(ctx, job, 'dropped')).toMatchObject({ kind: 'notAccepted', status: 'HELD', nextAttemptAt: later(45 + 3600 + 60) });
  });
});

describe('what Postmark reports ends in one status, whether it comes before the word or after it', () => {
  test('a delivery', async () => {
    const ctx = await bench.worker('a');
    const before = await held(ctx);
    const job = await acceptJob(ctx, before.c);
    bench.mail.nextAnswer(noAnswer);
    await bench.send(ctx, sender(ctx));
    const after = { c: before.c, job };
    bench.postmark.servers.delete(before.c.serverId ?? 0);
    bench.outside.always('findByJobId', refused(10));
    bench.pass(45);
    await bench.lookUp(ctx);
    await report(ctx, before, 'Delivery', 2);
    expect(await settle(ctx, before.job, 'dropped')).toMatchObject({ kind: 'notAccepted', status: 'DELIVERED' });
    await settle(ctx, after.job, 'dropped');
    await report(ctx, after, 'Delivery', 2);
    for (const each of [before, after]) {
      expect(await jobRow(bench, each.job)).toMatchObject({
        status: 'DELIVERED',
        messageId: 'message-9',
        sentAt: later(0),
        lastCode: null,
      });
    }
    expect(await triages(ctx, after.job)).toMatchObject([{ detail: { from: 'HELD', status: 'DEAD_LETTER' } }]);
  });

  test('reports that contradict each other: INCONSISTENT, and the second word stands beside the first', async () => {
    const ctx = await bench.worker('a');
    const made = await lost(ctx);
    await settle(ctx, made.job, 'delivered');
    await report(ctx, made, 'Bounce', 2);
    await report(ctx, made, 'Delivery', 3);
    expect((await jobRow(bench, made.job))['status']).toBe('INCONSISTENT');
    expect(await settle(ctx, made.job, 'dropped')).toMatchObject({ kind: 'notAccepted', status: 'INCONSISTENT' });
    bench.pass(60);
    expect(await settle(ctx, made.job, 'bounced')).toMatchObject({ kind: 'done', job: { status: 'BOUNCED' } });
    expect((await triages(ctx, made.job)).map(({ detail }) => [detail['from'], detail['status']])).toEqual([
      ['HELD', 'DELIVERED'],
      ['INCONSISTENT', 'BOUNCED'],
    ]);
  });
});
