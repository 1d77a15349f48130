/** What a lock and a force-lock leave of the queue, and of what was on its way. */
import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../service/core/configuration/records.ts';
import { sql } from '../../service/store/pool.ts';
import { sender } from '../../service/work/sender.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { acceptJob, acceptJobs, jobCounts, jobRow } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { answer, noAnswer } from '../support/fakeMail.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

describe('force-lock', () => {
  const locked = async (ctx: WorkContext, taken: boolean) => {
    const c = await bench.sendable(ctx);
    const [first = { eId: '' }] = await acceptJobs(ctx, c, 1);
    const by = sender(ctx);
    bench.mail.next(async (messages, signal) => {
      if (taken) bench.mail.take(messages);
      await acceptJobs(ctx, c, 2);
      await bench.signal(ctx, c, 'force-lock');
      await bench.workOff({ ...ctx, abortSends: (eId) => by.abort(eId) });
      expect(signal.aborted).toBe(true);
      return messages.map(() => noAnswer);
    });
    await bench.send(ctx, by);
    return { c, first, by };
  };

  test('aborts what is under way and cancels what is queued', async () => {
    const ctx = await bench.worker('a');
    const { first } = await locked(ctx, true);
    expect(await jobCounts(bench)).toEqual({ CANCELLED: 2, HELD: 1 });
    expect(await jobRow(bench, first)).toMatchObject({ status: 'HELD', cancelRequested: true });
    expect(
      await bench.rows(sql.unsafe`select next_attempt_at as next, ended_at as ended from email_job where status = 'CANCELLED' limit 1`),
    ).toEqual([{ next: null, ended: bench.now }]);
  });

  test('what was taken is SENT in the end', async () => {
    const ctx = await bench.worker('a');
    const { first } = await locked(ctx, true);
    bench.pass(45);
    await bench.lookUp(ctx);
    expect((await jobRow(bench, first))['status']).toBe('SENT');
  });

  test('what was not taken is CANCELLED in the end, also after a later unlock', async () => {
    const ctx = await bench.worker('a');
    const { c, first, by } = await locked(ctx, false);
    await bench.signal(ctx, c, 'unlock');
    for (const wait of [45, 60, 60]) {
      bench.pass(wait);
      await bench.lookUp(ctx);
    }
    expect(await jobRow(bench, first)).toMatchObject({ status: 'CANCELLED', nextAttemptAt: null, endedAt: bench.now });
    bench.pass(100_000);
    await bench.send(ctx, by);
    expect(bench.mail.handedOver).toEqual([first.eId]);
  });

  describe('while a claim is handed over in several calls', () => {
    const during = async (act: (ctx: WorkContext, c: Configuration) => Promise<void>) => {
      const ctx = await bench.worker('a', { batchBytesMax: 4_000 });
      const c = await bench.sendable(ctx);
      const jobs = await acceptJobs(ctx, c, 2);
      // Its hint was lost, or comes too late: this process is told of nothing.
      bench.mail.next(async (messages) => {
        await act(ctx, c);
        return bench.mail.take(messages);
      });
      await bench.send(ctx, sender(ctx));
      const sent = jobs.filter(({ eId }) => bench.mail.handedOver.includes(eId));
      return { ctx, sent: sent.length, jobs };
    };

    test('no further call is made, though the process was not told to abort', async () => {
      const { ctx, sent } = await during(async (worker, c) => {
        await bench.signal(worker, c, 'force-lock');
      });
      expect(sent).toBe(1);
      expect(await jobCounts(bench)).toEqual({ HELD: 1, SENT: 1 });
      await bench.workOff(ctx);
      for (const wait of [45, 60, 60]) {
        bench.pass(wait);
        await bench.lookUp(ctx);
      }
      expect(await jobCounts(bench)).toEqual({ CANCELLED: 1, SENT: 1 });
    });

    test('nor after an unlock that follows at once: what was taken back stays taken back', async () => {
      const { sent } = await during(async (worker, c) => {
        await bench.signal(worker, c, 'force-lock');
        await bench.workOff(worker);
        bench.pass(1);
        await bench.signal(worker, c, 'unlock');
      });
      expect(sent).toBe(1);
    });

    test('a lock lets the claim go on: it waits for what is under way', async () => {
      const { sent } = await during(async (worker, c) => {
        await bench.signal(worker, c, 'lock');
      });
      expect(sent).toBe(2);
    });
  });

  test('an unlock that is faster than the cancelling lets nothing out that was queued before', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await acceptJob(ctx, c);
    await bench.signal(ctx, c, 'force-lock');
    bench.pass(1);
    await bench.signal(ctx, c, 'unlock');
    const fresh = await acceptJob(ctx, c);
    const by = sender(ctx);
    expect([await bench.send(ctx, by), bench.mail.handedOver]).toEqual([0, []]);
    await bench.workOff(ctx);
    await bench.send(ctx, by);
    expect([await jobCounts(bench), bench.mail.handedOver]).toEqual([{ CANCELLED: 1, SENT: 1 }, [fresh.eId]]);
  });

  test('what the provider refused for now ends as cancelled, and does not wait for a rung', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const job = await acceptJob(ctx, c);
    bench.mail.next(async (messages) => {
      await bench.signal(ctx, c, 'force-lock');
      await bench.workOff(ctx);
      return messages.map(() => answer(503, 100));
    });
    await bench.send(ctx, sender(ctx));
    expect(await jobRow(bench, job)).toMatchObject({ status: 'CANCELLED', nextAttemptAt: null, endedAt: bench.now });
  });

  test('of claims that were made and not yet sent, nothing reaches the provider', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    await acceptJobs(ctx, c, 3);
    // Looked at between the claim and the call.
    const keyring = {
      ...ctx.keyring,
      open: (...sealed: Parameters<typeof ctx.keyring.open>) => {
        by.abort(c.eId);
        return ctx.keyring.open(...sealed);
      },
    };
    const by = sender({ ...ctx, keyring });
    await bench.send(ctx, by);
    expect([bench.mail.calls, await jobCounts(bench)]).toEqual([[], { HELD: 3 }]);
  });
});

test('lock drains: nothing new is sent, what is under way ends, and the queue goes out after unlock', async () => {
  const ctx = await bench.worker('a', { batchMax: 1 });
  const c = await bench.sendable(ctx);
  await acceptJobs(ctx, c, 3);
  const by = sender(ctx);
  bench.mail.next(async (messages) => {
    await bench.signal(ctx, c, 'lock');
    await bench.workOff(ctx);
    expect((await bench.read(c)).administrative).toBe('LOCKING');
    return bench.mail.take(messages);
  });
  await bench.send(ctx, by);
  expect(await bench.send(ctx, by)).toBe(0);
  expect((await bench.workFor(ctx, 5, (now) => now.administrative === 'LOCKED', c)).administrative).toBe('LOCKED');
  expect(await jobCounts(bench)).toEqual({ QUEUED: 2, SENT: 1 });
  await bench.signal(ctx, c, 'unlock');
  for (let n = 0; n < 2; n += 1) await bench.send(ctx, by);
  expect(await jobCounts(bench)).toEqual({ SENT: 3 });
});
