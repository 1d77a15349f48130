/**
 * Everything at once: two replicas, one call in eight goes wrong in some way, callbacks are lost, doubled and out of order, and processes are killed.
 * When the world is well again, everything that was accepted has been sent exactly once, and what it came to is known.
 */
import { expect, test } from 'vitest';
import type { Actor } from './support/actor.ts';
import type { Fault } from './support/control.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld(['--replicas', '2', '--restart'], {
  EMAIL_LOG_LEVEL: 'fatal',
  EMAIL_WORK_LEASE_SECONDS: '3',
  EMAIL_POSTMARK_TIMEOUT_SECONDS: '0.5',
  EMAIL_AWS_TIMEOUT_SECONDS: '0.5',
});

const tenants = 6;
const messagesEach = 25;
const faultShare = 0.025;

const everyWay: Pick<Fault, 'kind' | 'status' | 'errorCode'>[] = [
  { kind: 'timeout-after' },
  { kind: 'timeout-before' },
  { kind: 'cut' },
  { kind: 'throttle' },
  { kind: 'status', status: 503, errorCode: 100 },
];

/** Keeps asking until the answer is one: a caller's own retries, with one key. */
async function insist(acme: Actor, n: number): Promise<string> {
  const answer = await until(
    `message ${n} is taken`,
    () => acme.send(`reader${n}@example.com`, { key: `m-${n}` }).catch(() => null),
    (seen) => seen !== null && (seen.status === 202 || seen.status === 200),
    60_000,
  );
  return answer?.body.eId ?? '';
}

test('every accepted message is there exactly once, and every configuration holds one of everything', { timeout: 180_000 }, async () => {
  const { control, actor, ready, kill } = world();
  for (const service of ['postmark', 'route53'] as const)
    for (const way of everyWay) {
      const errorCode = service === 'postmark' ? way.errorCode : way.errorCode === undefined ? undefined : 'ServiceUnavailable';
      const { errorCode: _, ...rest } = way;
      await control.fault({ service, ...rest, ...(errorCode === undefined ? {} : { errorCode }), probability: faultShare });
    }
  for (const kind of ['duplicate', 'reorder', 'timeout-after'] as const)
    await control.fault({ service: 'webhook', kind, probability: 0.1 });

  const all = await Promise.all(Array.from({ length: tenants }, () => actor({ provision: true })));
  const settled = async () => Promise.all(all.map(async (each) => (await each.record()).status));
  for (let n = 0; n < 30 && !(await settled()).every((status) => status === 'LOCKED'); n += 1) await control.advance(40);
  for (const each of all) await each.unlocked(30_000);

  const load = all.flatMap((each) => Array.from({ length: messagesEach }, async (_, n) => ({ each, eId: await insist(each, n) })));
  kill(ready.pids.service[0] ?? 0);
  const jobs = await Promise.all(load);
  kill(ready.pids.service[1] ?? 0);
  for (const url of ready.services)
    await until(
      `${url} answers`,
      async () => (await fetch(`${url}/readyz`).catch(() => null))?.status ?? 0,
      (status) => status === 200,
      60_000,
    );

  await control.clearFaults();
  const states = () => Promise.all(jobs.map(async ({ each, eId }) => (await each.job(eId)).status));
  await until('no call is under way', states, (seen) => seen.every((status) => status !== 'SENDING'), 30_000);
  await control.advance(6 * 3600);
  await until('every message is delivered', states, (seen) => seen.every((status) => status === 'DELIVERED'), 30_000);

  const sent = await control.mail();
  expect(sent.length).toBe(jobs.length);
  expect(sent.map(({ Metadata }) => Metadata['jobId']).toSorted()).toEqual(jobs.map(({ eId }) => eId).toSorted());
  for (const each of all) {
    const { servers, domains, webhooks, records } = await each.holdings();
    expect({ servers: servers.length, domains, webhooks, records: records.length }).toEqual({
      servers: 1,
      domains: 1,
      webhooks: 1,
      records: 2,
    });
    expect(await each.record()).toMatchObject({ status: 'UNLOCKED', queued: 0, inFlight: 0 });
  }
});
