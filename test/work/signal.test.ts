/** What is true when a signal is answered. */
import { expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { sender } from '../../service/work/sender.ts';
import { signal } from '../../service/work/signal.ts';
import { acceptJob, jobCounts } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { noAnswer } from '../support/fakeMail.ts';
import { caller, WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

test.each(['changed', 'alreadySo'] as const)('a force-lock that is %s is answered when no call is under way any more', async (kind) => {
  const ctx = await bench.worker('a');
  const c = await bench.sendable(ctx);
  await acceptJob(ctx, c);
  const by = sender(ctx);
  const order: string[] = [];
  let answer: Promise<unknown> = Promise.resolve();
  bench.mail.next(async (messages, aborted) => {
    // Its first answer was lost on its way, or it is another operator's.
    if (kind === 'alreadySo') await bench.signal(ctx, c, 'force-lock');
    const request = { tenantId: c.tenantId, eId: c.eId, signal: 'force-lock', reason: null, adopt: false } as const;
    answer = signal({ ...ctx, abortSends: (eId) => by.abort(eId) }, request, caller).then((outcome) => {
      order.push('answered');
      expect(outcome.kind).toBe(kind);
    });
    for (let n = 0; n < 20 || (!aborted.aborted && n < 200); n += 1) await bench.rows(sql.unsafe`select pg_sleep(0.005)`);
    order.push(aborted.aborted ? 'aborted' : 'still under way');
    return messages.map(() => noAnswer);
  });
  await bench.send(ctx, by);
  await answer;
  expect([order, await jobCounts(bench)]).toEqual([['aborted', 'answered'], { HELD: 1 }]);
});
