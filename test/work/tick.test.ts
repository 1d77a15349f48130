/** What is found that nobody else would find, and what a virtual clock is told. */
import { describe, expect, test } from 'vitest';
import type { ConfigurationEvent } from '../../service/core/configuration/events.ts';
import type { Configuration } from '../../service/core/configuration/records.ts';
import { sql } from '../../service/store/pool.ts';
import { nextDue } from '../../service/store/reconciliation.ts';
import { sender } from '../../service/work/sender.ts';
import { reconcile } from '../../service/work/tick.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { worker } from '../../service/work/worker.ts';
import { acceptJob, acceptJobs, jobCounts } from '../support/acceptJobs.ts';
import { later } from '../support/configurationBuilder.ts';
import { createTestDatabase } from '../support/database.ts';
import { answer, noAnswer } from '../support/fakeMail.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

const loseEffects = () => bench.rows(sql.unsafe`update effect set settled_at = run_at, outcome = 'lost' where settled_at is null`);
const live = () =>
  bench.rows(sql.unsafe`
  select e.kind, e.generation = c.generation as present from effect e join configuration c on c.e_id = e.configuration_e_id
  where e.settled_at is null order by e.kind`);

const failed: ConfigurationEvent = { type: 'StepFailed', step: 's', code: 'c', detail: 'd' };
type Strand = [name: string, effect: string, bring: (ctx: WorkContext) => Promise<Configuration>];
const at = async (ctx: WorkContext, step: string): Promise<Configuration> => {
  const created = await bench.create(ctx);
  bench.zone.inSync = false;
  for (let n = 0; n < 4 && (await bench.read(created)).step !== step; n += 1) await bench.effects(ctx);
  return bench.read(created);
};
const strands: Strand[] = [
  ...(['createServer', 'createDomain', 'installWebhook', 'writeRecords'] as const).map(
    (step): Strand => [`PROVISIONING.${step}`, step.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), (ctx) => at(ctx, step)],
  ),
  [
    'PROVISIONING.unwind',
    'unwind',
    async (ctx) => {
      const c = await bench.create(ctx);
      await bench.event(ctx, c, failed);
      return c;
    },
  ],
  [
    'PROVISIONING.cleanUp',
    'unwind',
    async (ctx) => {
      const c = await bench.create(ctx);
      await bench.event(ctx, c, failed);
      await bench.event(ctx, c, { type: 'Unwound', retiredServerId: null });
      await bench.signal(ctx, c, 're-provision');
      return c;
    },
  ],
  [
    'AWAITING_VERIFICATION',
    'check-verification',
    async (ctx) => {
      const created = await bench.create(ctx);
      return bench.workFor(ctx, 5, (c) => c.operational === 'AWAITING_VERIFICATION', created);
    },
  ],
  [
    'REMOVING',
    'unwind',
    async (ctx) => {
      const c = await bench.sendable(ctx, { locked: true });
      await bench.signal(ctx, c, 'remove');
      return c;
    },
  ],
  [
    'LOCKING',
    'check-drain',
    async (ctx) => {
      const c = await bench.sendable(ctx);
      await bench.signal(ctx, c, 'lock');
      return c;
    },
  ],
];

describe('reconciliation', () => {
  test.each(strands)('%s without work gets %s, once, whichever replica looks', async (_name, effect, bring) => {
    const [a, b] = [await bench.worker('a'), await bench.worker('b')];
    await bring(a);
    await loseEffects();
    await Promise.all([reconcile(a), reconcile(b), reconcile(a), reconcile(b)]);
    await reconcile(b);
    expect(await live()).toEqual([{ kind: effect, present: true }]);
  });

  test('what has its work is left alone, also when a dead holder has claimed it', async () => {
    const ctx = await bench.worker('a');
    await bench.create(ctx);
    await bench.rows(sql.unsafe`update effect set holder = 'long dead', run_at = ${sql.timestamp(later(3600))}`);
    expect(await reconcile(ctx)).toBe(0);
    expect(await live()).toHaveLength(1);
  });

  test('work of an older generation is no work', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.create(ctx);
    await bench.event(ctx, c, failed);
    await bench.rows(sql.unsafe`update effect set settled_at = run_at, outcome = 'lost' where kind = 'unwind'`);
    expect(await reconcile(ctx)).toBe(1);
    expect(await live()).toEqual([
      { kind: 'create-server', present: false },
      { kind: 'unwind', present: true },
    ]);
  });

  test.each(['PENDING', 'UNVERIFIED', 'OK', 'FAILURE', 'MISSING', 'REMOVED'])(
    '%s waits for an operator and gets none',
    async (operational) => {
      const ctx = await bench.worker('a');
      const c = await bench.create(ctx, { provision: false });
      await bench.rows(sql.unsafe`update configuration set operational = ${operational} where e_id = ${c.eId}`);
      expect(await reconcile(ctx)).toBe(0);
    },
  );

  test('what was found leads to the end that was meant', async () => {
    const ctx = await bench.worker('a');
    const c = await bench.sendable(ctx, { locked: true });
    await bench.signal(ctx, c, 'remove');
    await loseEffects();
    await reconcile(ctx);
    expect((await bench.workFor(ctx, 60, (now) => now.operational === 'REMOVED', c)).operational).toBe('REMOVED');
  });
});

describe('what falls due next', () => {
  const due = () => nextDue(bench.database.pool, bench.now);

  test('is nothing when nothing waits', async () => {
    await bench.worker('a');
    expect(await due()).toEqual({ exact: null, poll: null });
  });

  test('is a rung, a grace period, or the end of a pause, to the moment', async () => {
    const ctx = await bench.worker('a', { batchMax: 1 });
    const c = await bench.sendable(ctx);
    await bench.rows(sql.unsafe`update effect set settled_at = run_at where settled_at is null`);
    const by = sender(ctx);
    await acceptJob(ctx, c);
    expect((await due()).exact).toEqual(bench.now);
    bench.mail.nextAnswer(noAnswer);
    await bench.send(ctx, by);
    expect((await due()).exact).toEqual(later(45));
    await acceptJob(ctx, c);
    bench.mail.nextAnswer(answer(503, 100));
    await bench.send(ctx, by);
    expect((await due()).exact).toEqual(later(10));
    await acceptJob(ctx, c);
    bench.mail.nextAnswer(answer(429, 429));
    await bench.send(ctx, by);
    expect((await due()).exact).toEqual(later(5));
  });

  test('is a look of an effect, which may be missed', async () => {
    const ctx = await bench.worker('a');
    const created = await bench.create(ctx);
    await bench.workFor(ctx, 5, (c) => c.operational === 'AWAITING_VERIFICATION', created);
    await bench.workOff(ctx);
    const { exact, poll } = await due();
    expect(exact).toBeNull();
    expect(poll?.getTime()).toBe(bench.now.getTime() + 30_000);
  });

  describe('is never something past that no pass can take', () => {
    const past = async (name: string, ctx: WorkContext): Promise<void> => {
      const c = await bench.sendable(ctx);
      await bench.rows(sql.unsafe`update effect set settled_at = run_at where settled_at is null`);
      const [job = { eId: '' }] = await acceptJobs(ctx, c, 1);
      const set = {
        locked: sql.unsafe`update configuration set administrative = 'LOCKED'`,
        locking: sql.unsafe`update configuration set administrative = 'LOCKING'`,
        failed: sql.unsafe`update configuration set operational = 'FAILURE'`,
        paused: sql.unsafe`insert into provider_pause values ('account', 'x', ${sql.timestamp(bench.now)}, ${sql.timestamp(later(9000))})`,
        serverPaused: sql.unsafe`
          insert into provider_pause values (${`server:${c.serverId}`}, 'x', ${sql.timestamp(bench.now)}, ${sql.timestamp(later(9000))})`,
        sending: sql.unsafe`update email_job set status = 'SENDING', holder = 'b' where e_id = ${job.eId}`,
        heldElsewhere: sql.unsafe`update email_job set status = 'HELD', holder = 'b' where e_id = ${job.eId}`,
        effectElsewhere: sql.unsafe`update effect set settled_at = null, holder = 'b'`,
        stalePause: sql.unsafe`insert into provider_pause values ('account', 'x', ${sql.timestamp(bench.now)}, ${sql.timestamp(bench.now)})`,
      }[name];
      if (set === undefined) throw new Error(`no such case: ${name}`);
      await bench.rows(set);
    };
    test.each(['locked', 'locking', 'failed', 'paused', 'serverPaused', 'sending', 'heldElsewhere', 'effectElsewhere', 'stalePause'])(
      '%s',
      async (name) => {
        const ctx = await bench.worker('a');
        await bench.worker('b');
        await past(name, ctx);
        bench.pass(3600);
        for (let n = 0; n < 3; n += 1) {
          await bench.workOff(ctx);
          await bench.send(ctx, sender(ctx));
          await bench.lookUp(ctx);
        }
        const { exact, poll } = await due();
        for (const each of [exact, poll]) expect(each === null || each > bench.now).toBe(true);
      },
    );

    test('a job whose key is not loaded', async () => {
      const ctx = await bench.worker('a');
      await past('stalePause', ctx);
      bench.keysLoaded.clear();
      bench.pass(3600);
      await bench.send(ctx, sender(ctx));
      const { exact } = await due();
      expect(exact).toEqual(new Date(bench.now.getTime() + 5000));
    });
  });
});

describe('a worker', () => {
  const running = async (holder: string) => {
    const ctx = await bench.worker(holder);
    const one = worker(ctx, sender(ctx), 3_600_000);
    await one.start();
    return { ctx, one };
  };

  test('settles everything that is due, from the signal to the wait for verification', async () => {
    const { ctx, one } = await running('a');
    const created = await bench.create(ctx);
    for (let n = 0; n < 5 && (await bench.read(created)).operational !== 'AWAITING_VERIFICATION'; n += 1) {
      await one.settle();
      bench.pass(1);
    }
    expect((await bench.read(created)).operational).toBe('AWAITING_VERIFICATION');
    const next = await one.settle();
    expect(next.poll?.getTime()).toBeGreaterThan(bench.now.getTime());
    await one.stop();
    expect(bench.troubles()).toEqual([]);
  });

  test('that starts gives work to what has none, and holds what a dead one had under way', async () => {
    const before = await bench.worker('before');
    const c = await bench.sendable(before);
    await acceptJobs(before, c, 1);
    await bench.rows(sql.unsafe`update email_job set status = 'SENDING', holder = 'before'`);
    await bench.signal(before, c, 'lock');
    await loseEffects();
    await bench.die(before);
    const { one } = await running('a');
    await one.stop();
    expect(await jobCounts(bench)).toEqual({ HELD: 1 });
    expect(await live()).toEqual([{ kind: 'check-drain', present: true }]);
  });

  test('that stops leaves nothing claimed and no lease', async () => {
    const { ctx, one } = await running('a');
    const c = await bench.sendable(ctx);
    await acceptJobs(ctx, c, 3);
    await one.settle();
    await one.stop();
    expect(await jobCounts(bench)).toEqual({ SENT: 3 });
    expect(await bench.rows(sql.unsafe`select holder from worker_lease`)).toEqual([]);
    expect(await bench.rows(sql.unsafe`select id from effect where holder is not null`)).toEqual([]);
  });
});
