/** The processes themselves: how they end, how soon they are back at work, and whose key they take. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isRunning } from '../../dev/processes.ts';
import { startPostroute } from '../support/postroute.ts';
import { ask } from './support/rows.ts';
import { until } from './support/until.ts';
import { type LoopWorld, worldOf } from './support/world.ts';

const started = async (flags: readonly string[] = [], environment: Record<string, string> = {}): Promise<LoopWorld> =>
  worldOf(await startPostroute(flags, { EMAIL_LOG_LEVEL: 'error', ...environment }));

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

/** Long enough that nobody waits for it: what goes on was given back. */
const longLease = { EMAIL_WORK_LEASE_SECONDS: '300' };

test('a service asked to stop while it provisions gives back what it has not begun or finished, and another goes on at once', {
  timeout: 60_000,
}, async () => {
  const world = await started(['--replicas', '2'], longLease);
  try {
    const { ready, control, actor } = world;
    await control.fault({ service: 'postmark', kind: 'slow', delayMs: 200 });
    const all = await Promise.all(Array.from({ length: 20 }, () => actor({ provision: true })));
    await until(
      'servers are being made',
      async () => (await control.state()).postmark.servers.length,
      (servers) => servers >= 3,
    );
    const second = ready.pids.service[1] ?? 0;
    process.kill(second, 'SIGTERM');
    const gone = async () => isRunning(second);
    await until('the second has ended', gone, (running) => !running, 25_000);
    await control.clearFaults();
    for (const each of all) await each.untilStatus('LOCKED', 20_000);
    const { postmark } = await control.state();
    const distinct = new Set(postmark.servers.map(({ Name }) => Name));
    expect([postmark.servers.length, distinct.size, postmark.domains.length]).toEqual([20, 20, 20]);
  } finally {
    await world.stop();
  }
});

test('a stop takes no longer than its setting allows, whatever hangs, and then what was under way goes to another at once', {
  timeout: 60_000,
}, async () => {
  const world = await started(['--replicas', '2'], {
    ...longLease,
    EMAIL_SHUTDOWN_TIMEOUT_SECONDS: '1',
    EMAIL_POSTMARK_TIMEOUT_SECONDS: '20',
  });
  try {
    const { ready, control, actor } = world;
    await control.fault({ service: 'postmark', operation: 'POST /servers', kind: 'timeout-after', times: 2 });
    await Promise.all([actor({ provision: true }), actor({ provision: true })]);
    await until(
      'both calls hang',
      async () => (await control.state()).calls.postmark['POST /servers'] ?? 0,
      (calls) => calls === 2,
    );
    const [row] = await ask<{ holder: string }>(ready.databaseUrl, 'select holder from effect where holder is not null limit 1');
    const holder = Number(row?.holder.split(':').at(-2));
    const from = performance.now();
    process.kill(holder, 'SIGTERM');
    const gone = async () => isRunning(holder);
    await until('the holder has ended', gone, (running) => !running, 15_000);
    // Its setting is a second, and the calls hang for 20.
    expect(performance.now() - from).toBeLessThan(12_000);
    // Whichever of the two calls was the other's hangs on; at least one was the dead one's, and is taken over long before its lease is over.
    await until(
      'one of them goes on',
      () => ask<{ operational: string }>(ready.databaseUrl, 'select operational from configuration'),
      (rows) => rows.some(({ operational }) => operational === 'OK'),
      15_000,
    );
    expect((await control.state()).postmark.servers.length).toBeLessThanOrEqual(2);
  } finally {
    for (const pid of world.ready.pids.service) if (isRunning(pid)) world.kill(pid);
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

test('a service that is killed is back at work within seconds, as a plain start with --restart has it', { timeout: 60_000 }, async () => {
  const world = await started(['--restart']);
  try {
    const { ready, control, actor, kill } = world;
    await control.fault({ service: 'postmark', operation: 'POST /servers', kind: 'timeout-after', times: 1 });
    const acme = await actor({ provision: true });
    await until(
      'the call is open',
      async () => (await control.state()).calls.postmark['POST /servers'] ?? 0,
      (calls) => calls === 1,
    );
    const from = performance.now();
    kill(ready.pids.service[0] ?? 0);
    await until(
      'it goes on where the dead one was',
      () => acme.record().catch(() => null),
      (seen) => seen?.status === 'LOCKED',
      30_000,
    );
    console.info(`from the kill to a verified domain ${Math.round(performance.now() - from)} ms`);
    const { servers } = await acme.holdings();
    expect(servers).toHaveLength(1);
  } finally {
    await world.stop();
  }
});
