/** The processes themselves: what they weigh, how they end, and whose key they take. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isRunning } from '../../dev/processes.ts';
import { startPostroute } from '../support/postroute.ts';
import { until } from './support/until.ts';
import { type LoopWorld, worldOf } from './support/world.ts';

const started = async (flags: readonly string[] = [], environment: Record<string, string> = {}): Promise<LoopWorld> =>
  worldOf(await startPostroute(flags, { EMAIL_LOG_LEVEL: 'error', ...environment }));

const rssMb = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** The bar for an idle service process. */
const idleMbMax = 150;

test.skipIf(!existsSync('/proc/self/status'))(
  'an idle service stays below 150 MB, at once and after half a minute',
  { timeout: 90_000 },
  async () => {
    const world = await started();
    try {
      const pid = world.ready.pids.service[0] ?? 0;
      const atOnce = rssMb(pid);
      // Process time is what is measured here: no clock can be advanced for it.
      await pause(30_000);
      const later = rssMb(pid);
      console.info(`an idle service: ${Math.round(atOnce)} MB right after the start, ${Math.round(later)} MB half a minute later`);
      expect(atOnce).toBeLessThan(idleMbMax);
      expect(later).toBeLessThan(idleMbMax);
    } finally {
      await world.stop();
    }
  },
);

test('asked to stop under load it ends by itself, leaves nothing, and what it had accepted is on disk until the end', {
  timeout: 60_000,
}, async () => {
  const world = await started(['--replicas', '2']);
  const { ready, control, sender } = world;
  const acme = await sender();
  await control.fault({ service: 'postmark', kind: 'slow', delayMs: 500 });
  const answers = Promise.allSettled(Array.from({ length: 60 }, (_, n) => acme.send(`reader${n}@example.com`)));
  const pids = [...ready.pids.service, ready.pids.sandbox, ready.pids.postgres ?? 0];
  await until(
    'mail is under way',
    () => control.mail(),
    (mail) => mail.length > 0,
  );
  const from = performance.now();
  expect(await world.stop()).toEqual({ code: 0, signal: null });
  console.info(`stopped under load within ${Math.round(performance.now() - from)} ms`);
  expect((await answers).filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(existsSync(ready.dataDir)).toBe(false);
  expect(world.log()).not.toMatch(/unhandled|"level":"fatal"/i);
});

test('a service asked to stop finishes what it is answering, refuses nothing it had taken, and a second one goes on', {
  timeout: 60_000,
}, async () => {
  const world = await started(['--replicas', '2'], { EMAIL_WORK_LEASE_SECONDS: '3' });
  try {
    const { ready, control, sender } = world;
    const acme = await sender();
    const { body } = await acme.send('first@example.com');
    await acme.untilJob(body.eId, 'DELIVERED');
    await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'slow', delayMs: 700, times: 2 });
    const open = await acme.send('open@example.com');
    process.kill(ready.pids.service[1] ?? 0, 'SIGTERM');
    await until(
      'the second has ended',
      async () => isRunning(ready.pids.service[1] ?? 0),
      (running) => !running,
      25_000,
    );
    await acme.untilJob(open.body.eId, 'DELIVERED');
    expect(await control.mail({ jobId: open.body.eId })).toHaveLength(1);
    const later = await acme.send('later@example.com');
    await acme.untilJob(later.body.eId, 'DELIVERED');
  } finally {
    await world.stop();
  }
});

test('an operator key given from outside is the one of the ready line, of the API and of the webhooks', { timeout: 60_000 }, async () => {
  const key = 'a-key-from-outside-0123456789';
  const world = await started([], { ARDA_API_KEY: key });
  try {
    expect(world.ready.apiKey).toBe(key);
    const acme = await world.sender();
    const headers = (await acme.holdings()).servers.flatMap(({ webhooks }) => webhooks.flatMap(({ HttpHeaders }) => HttpHeaders));
    expect(headers).toContainEqual({ Name: 'Authorization', Value: `Bearer ${key}` });
    const { body } = await acme.send();
    await acme.untilJob(body.eId, 'DELIVERED');
    expect(world.log()).not.toContain(key);
  } finally {
    await world.stop();
  }
});
