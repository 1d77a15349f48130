/** Never twice, never lost: what becomes of a message whose outcome nobody knows. */
import { describe, expect, test } from 'vitest';
import { insertEmailEvents } from '../../service/store/emailEvents.ts';
import { sql } from '../../service/store/pool.ts';
import { apply } from '../../service/work/apply.ts';
import { sender } from '../../service/work/sender.ts';
import { sweep } from '../../service/work/tick.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { acceptJob, acceptJobs, attemptRows, jobRow } from '../support/acceptJobs.ts';
import { later } from '../support/configurationBuilder.ts';
import { createTestDatabase } from '../support/database.ts';
import { broken, meanwhile, refused, unavailable } from '../support/fakeCalls.ts';
import { answer, noAnswer } from '../support/fakeMail.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

const held = async (ctx: WorkContext, taken: boolean) => {
  const c = await bench.sendable(ctx);
  const job = await acceptJob(ctx, c);
  bench.mail.next((messages) => {
    if (taken) bench.mail.take(messages);
    return messages.map(() => noAnswer);
  });
  await bench.send(ctx, sender(ctx));
  return { c, job };
};

test('an unknown outcome is HELD, not looked up before its grace is over, and not sent meanwhile', async () => {
  const ctx = await bench.worker('a');
  const { job } = await held(ctx, true);
  expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', nextAttemptAt: later(45), lastCode: 'no_answer' });
  bench.pass(44);
  expect([await bench.lookUp(ctx), await bench.send(ctx, sender(ctx))]).toEqual([0, 0]);
});

test('found: SENT with that MessageID, and never sent again', async () => {
  const ctx = await bench.worker('a');
  const { job } = await held(ctx, true);
  bench.pass(45);
  expect(await bench.lookUp(ctx)).toBe(1);
  expect(await jobRow(bench, job)).toMatchObject({
    status: 'SENT',
    messageId: 'message-1',
    sentAt: new Date('2026-03-01T12:00:01.000Z'),
    nextAttemptAt: null,
    lastCode: null,
    holder: null,
  });
  bench.pass(100_000);
  await bench.send(ctx, sender(ctx));
  expect(bench.mail.handedOver).toEqual([job.eId]);
});

test('found late: the search may lag, and three looks over two minutes allow for it', async () => {
  const ctx = await bench.worker('a');
  const { job } = await held(ctx, false);
  bench.pass(45);
  await bench.lookUp(ctx);
  bench.pass(60);
  await bench.lookUp(ctx);
  expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', looks: 2 });
  bench.mail.taken.set(job.eId, 'late');
  bench.pass(60);
  await bench.lookUp(ctx);
  expect(await jobRow(bench, job)).toMatchObject({ status: 'SENT', messageId: 'late' });
});

test('not found thrice: it was never taken, and goes to the next rung', async () => {
  const ctx = await bench.worker('a');
  const { job } = await held(ctx, false);
  for (const wait of [45, 60, 60]) {
    expect((await jobRow(bench, job))['status']).toBe('HELD');
    bench.pass(wait);
    await bench.lookUp(ctx);
  }
  expect(await jobRow(bench, job)).toMatchObject({ status: 'QUEUED', nextAttemptAt: later(165 + 10), rungs: 1, holder: null });
  bench.pass(10);
  await bench.send(ctx, sender(ctx));
  expect(await jobRow(bench, job)).toMatchObject({ status: 'SENT', attempts: 2 });
});

test('not found at a server that was made in place of the one that had it: held, and not sent again', async () => {
  const ctx = await bench.worker('a');
  const { c, job } = await held(ctx, true);
  bench.pass(10);
  const event = {
    type: 'ServerRemade',
    planId: 'plan',
    serverId: 900_001,
    serverName: 'made-anew',
    serverToken: ctx.keyring.seal(c.eId, 'server-token', 'token of the new one'),
    keyVersionId: c.keyVersionId ?? '',
    webhookId: 900_002,
    serverIdBefore: c.serverId ?? 0,
  } as const;
  await apply(ctx, { tenantId: c.tenantId, eId: c.eId, event, caller: { author: 'olga', requestId: 'remade', traceParent: null } });
  bench.mail.taken.delete(job.eId);
  for (const wait of [45, 60, 60, 3_600, 3_600]) {
    bench.pass(wait);
    await bench.lookUp(ctx);
  }
  expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', looks: 0, lastCode: 'server_gone' });
  await bench.send(ctx, sender(ctx));
  expect(bench.mail.handedOver).toEqual([job.eId]);
});

test('each unknown outcome has three looks of its own', async () => {
  const ctx = await bench.worker('a');
  const { job } = await held(ctx, false);
  for (const wait of [45, 60, 60]) {
    bench.pass(wait);
    await bench.lookUp(ctx);
  }
  bench.mail.nextAnswer(noAnswer);
  bench.pass(10);
  await bench.send(ctx, sender(ctx));
  expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', looks: 0, rungs: 2 });
});

test('a look whose holder dies is another’s once its lease has run out, and counts once', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  const { job } = await held(a, false);
  bench.pass(45);
  const others: number[] = [];
  const takeOver = meanwhile(async () => {
    others.push(await bench.lookUp(b));
    await bench.die(a);
    others.push(await bench.lookUp(b));
  });
  bench.outside.next('findByJobId', takeOver);
  await bench.lookUp(a);
  expect(others).toEqual([0, 1]);
  expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', looks: 1, holder: null });
});

test('not found at the end of the ladder: a dead letter', async () => {
  const ctx = await bench.worker('a', { retryLadderSeconds: [] });
  const { job } = await held(ctx, false);
  for (const wait of [45, 60, 60]) {
    bench.pass(wait);
    await bench.lookUp(ctx);
  }
  expect(await jobRow(bench, job)).toMatchObject({ status: 'DEAD_LETTER', endedAt: later(165) });
  expect(await bench.rows(sql.unsafe`select attempts from dead_letter`)).toEqual([{ attempts: 1 }]);
});

test('not found, though the provider has told of an opening: it was taken, and is not sent again', async () => {
  const ctx = await bench.worker('a');
  const { c, job } = await held(ctx, false);
  const opening = { recordType: 'Open', dedupeKey: 'k', recipient: job.recipient, bounceType: null, payload: '{}' };
  const of = { tenantId: c.tenantId, configurationEId: c.eId, jobEId: job.eId, messageId: 'm-9' };
  await insertEmailEvents(ctx.db, [{ ...of, ...opening, id: ctx.newId(), occurredAt: bench.now, receivedAt: bench.now }]);
  const heldAt = bench.now;
  bench.pass(45);
  await bench.lookUp(ctx);
  expect(await jobRow(bench, job)).toMatchObject({ status: 'SENT', messageId: 'm-9', sentAt: heldAt, nextAttemptAt: null });
});

describe('a search that cannot be asked proves nothing', () => {
  test.each([
    ['away', unavailable],
    ['refused', refused(10)],
  ])('%s: it costs no look', async (_name, behaviour) => {
    const ctx = await bench.worker('a');
    const { job } = await held(ctx, true);
    bench.outside.always('findByJobId', behaviour);
    bench.pass(45);
    for (let n = 0; n < 10; n += 1) {
      await bench.lookUp(ctx);
      bench.pass(10);
    }
    expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', looks: 0 });
    bench.outside.always('findByJobId', null);
    await bench.lookUp(ctx);
    expect((await jobRow(bench, job))['status']).toBe('SENT');
  });

  test('without the key of its token, it waits for the key', async () => {
    const ctx = await bench.worker('a');
    const { c, job } = await held(ctx, true);
    bench.keysLoaded.clear();
    bench.pass(45);
    await bench.lookUp(ctx);
    expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', looks: 0, nextAttemptAt: later(55) });
    bench.keysLoaded.add(c.keyVersionId ?? '');
    bench.pass(10);
    await bench.lookUp(ctx);
    expect((await jobRow(bench, job))['status']).toBe('SENT');
  });

  test('a fault of our own is told, and the look is taken again', async () => {
    const ctx = await bench.worker('a');
    const { job } = await held(ctx, true);
    bench.outside.next('findByJobId', broken);
    bench.pass(45);
    await bench.lookUp(ctx);
    expect(bench.troubles()).toHaveLength(1);
    await ctx.leftovers.pass();
    bench.pass(10);
    await bench.lookUp(ctx);
    expect((await jobRow(bench, job))['status']).toBe('SENT');
  });
});

describe('a holder that dies between the attempt and its settlement', () => {
  test('leaves its jobs to be looked up, once its lease has run out and not before', async () => {
    const [a, b] = [await bench.worker('a'), await bench.worker('b')];
    const c = await bench.sendable(a);
    const [job = { eId: '' }] = await acceptJobs(a, c, 1);
    let swept: number[] = [];
    bench.mail.next(async (messages) => {
      swept = [await sweep(b)];
      await bench.die(a);
      swept.push(await sweep(b));
      return bench.mail.take(messages);
    });
    await bench.send(a, sender(a));
    expect(swept).toEqual([0, 1]);
    // Its own settlement came too late and under an old fence.
    expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', nextAttemptAt: later(45), messageId: null, lastCode: 'holder_died' });
    // Its try is not left open for ever: what is known of it is that nobody knows.
    expect(await attemptRows(bench)).toMatchObject([{ number: 1, outcome: 'ambiguous', code: 'holder_died', finished: true }]);
    bench.pass(45);
    await bench.lookUp(b);
    expect(await jobRow(bench, job)).toMatchObject({ status: 'SENT', messageId: 'message-1', attempts: 1 });
  });

  test('and comes back after another has sent: its old outcome moves nothing', async () => {
    const [a, b] = [await bench.worker('a'), await bench.worker('b')];
    const c = await bench.sendable(a);
    const job = await acceptJob(a, c);
    bench.mail.next(async (messages) => {
      await bench.die(a);
      await sweep(b);
      for (const wait of [45, 60, 60]) {
        bench.pass(wait);
        await bench.lookUp(b);
      }
      bench.pass(10);
      await bench.send(b, sender(b));
      return messages.map(() => answer(422, 300));
    });
    await bench.send(a, sender(a));
    expect(await jobRow(bench, job)).toMatchObject({ status: 'SENT', messageId: 'message-1', attempts: 2, lastCode: null });
    expect((await attemptRows(bench)).find(({ number }) => number === 2)).toMatchObject({ outcome: 'accepted' });
  });

  test('cannot settle the try that another has under way by then: its word is of the one before', async () => {
    const [a, b] = [await bench.worker('a'), await bench.worker('b')];
    const job = await acceptJob(a, await bench.sendable(a));
    const [underWay, settled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let others: Promise<unknown> = Promise.resolve();
    bench.mail.next(async (messages) => {
      await bench.die(a);
      await sweep(b);
      for (const wait of [45, 60, 60]) {
        bench.pass(wait);
        await bench.lookUp(b);
      }
      bench.pass(10);
      others = bench.send(b, sender(b));
      await underWay.promise;
      return messages.map(() => answer(503, 100));
    });
    bench.mail.next(async (messages) => {
      underWay.resolve();
      await settled.promise;
      return bench.mail.take(messages);
    });
    await bench.send(a, sender(a));
    expect(await jobRow(bench, job)).toMatchObject({ status: 'SENDING', holder: 'b', attempts: 2 });
    settled.resolve();
    await others;
    expect(await jobRow(bench, job)).toMatchObject({ status: 'SENT', messageId: 'message-1' });
  });
});

test('a call that breaks off against its contract leaves its jobs to be looked up, although their holder lives on', async () => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  const job = await acceptJob(ctx, c);
  bench.mail.next((messages) => {
    bench.mail.take(messages);
    throw new Error('a transport that throws');
  });
  await bench.send(ctx, sender(ctx));
  expect(await jobRow(bench, job)).toMatchObject({ status: 'SENDING', holder: 'a' });
  expect(await sweep(ctx)).toBe(0);
  await ctx.leftovers.pass();
  expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', nextAttemptAt: later(45) });
  expect(await attemptRows(bench)).toMatchObject([{ outcome: 'ambiguous', code: 'outcome_not_written', finished: true }]);
  bench.pass(45);
  await bench.lookUp(ctx);
  expect((await jobRow(bench, job))['status']).toBe('SENT');
});
