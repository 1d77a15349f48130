/** A claim may be committed and its answer lost: the rows are ours then, our heartbeat keeps them ours, and we do not know of them. */
import { describe, expect, test } from 'vitest';
import type { DatabasePool } from '../../service/store/pool.ts';
import { sender } from '../../service/work/sender.ts';
import { acceptJob, jobRow } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { noAnswer } from '../support/fakeMail.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

/** The connection is cut after the commit of the first statement that holds this text, and before its answer. */
const cutting = (pool: DatabasePool, text: string): DatabasePool => {
  let cut = false;
  return new Proxy(pool, {
    get(target, name, receiver) {
      if (name !== 'any') return Reflect.get(target, name, receiver);
      return async (query: Parameters<DatabasePool['any']>[0]) => {
        const rows = await target.any(query);
        if (cut || !query.sql.includes(text)) return rows;
        cut = true;
        throw new Error('the connection was cut');
      };
    },
  });
};

describe('is given back', () => {
  test('of effects', async () => {
    const ctx = await bench.worker('a');
    const created = await bench.create(ctx);
    const losing = { ...ctx, db: cutting(ctx.db, 'update effect e set holder') };
    await expect(bench.effects(losing)).rejects.toThrow('cut');
    expect(await bench.effects(losing)).toBe(0);
    await ctx.leftovers.pass();
    expect(await bench.effects(losing)).toBe(1);
    expect((await bench.read(created)).step).toBe('createDomain');
  });

  test('of messages, which are looked up before they are sent again', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx);
    const job = await acceptJob(ctx, c);
    const losing = { ...ctx, db: cutting(ctx.db, "set status = 'SENDING'") };
    await bench.send(losing, sender(losing));
    expect(await jobRow(bench, job)).toMatchObject({ status: 'SENDING', holder: 'a' });
    // Another message of the same configuration is on its way when the claim is given back.
    const other = await acceptJob(ctx, c);
    bench.pass(1);
    bench.mail.next(async (messages) => {
      await ctx.leftovers.pass();
      return bench.mail.take(messages);
    });
    await bench.send(ctx, sender(ctx));
    expect(await jobRow(bench, job)).toMatchObject({ status: 'HELD', holder: null });
    expect((await jobRow(bench, other))['status']).toBe('SENT');
    for (const wait of [45, 60, 60, 10]) {
      bench.pass(wait);
      await bench.lookUp(ctx);
      await bench.send(ctx, sender(ctx));
    }
    expect((await jobRow(bench, job))['status']).toBe('SENT');
    expect(bench.mail.handedOver).toEqual([other.eId, job.eId]);
  });

  test('of messages that are to be looked up', async () => {
    const ctx = await bench.worker('a');
    const job = await acceptJob(ctx, await bench.sendable(ctx));
    bench.mail.next((messages) => {
      bench.mail.take(messages);
      return messages.map(() => noAnswer);
    });
    await bench.send(ctx, sender(ctx));
    bench.pass(45);
    const losing = { ...ctx, db: cutting(ctx.db, 'update email_job j set holder') };
    await expect(bench.lookUp(losing)).rejects.toThrow('cut');
    expect(await bench.lookUp(losing)).toBe(0);
    await ctx.leftovers.pass();
    await bench.lookUp(losing);
    expect((await jobRow(bench, job))['status']).toBe('SENT');
  });
});
