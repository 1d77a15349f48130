/** Several processes on one database: they share the work, survive each other, and answer for themselves. */
import { expect, test } from 'vitest';
import { operatorClient } from '../support/apiClient.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld(['--replicas', '2', '--restart'], { EMAIL_WORK_LEASE_SECONDS: '2', EMAIL_LOG_LEVEL: 'fatal' });

const serviceUrls = (): string[] => world().ready.services;

/** Started again by --restart, on its address of before. */
const untilReady = (url: string) =>
  until(
    `${url} answers again`,
    async () => (await fetch(`${url}/readyz`).catch(() => null))?.status ?? 0,
    (status) => status === 200,
    30_000,
  );

test('the ready line names every replica, and each answers for itself', async () => {
  const { ready } = world();
  expect(ready.services).toHaveLength(2);
  expect(ready.pids.service).toHaveLength(2);
  expect(ready.service).toBe(ready.services[0]);
  for (const url of ready.services) {
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  }
});

test('what one replica was told, the other knows at once', async () => {
  const { sender } = world();
  const acme = await sender();
  const other = operatorClient(serviceUrls()[1] ?? '', world().ready.apiKey);
  expect((await other.get(`/configuration/${acme.eId}`, { tenant: acme.tenant })).body).toMatchObject({ status: 'UNLOCKED' });
  const body = { configurationEId: acme.eId, recipient: 'ada@example.com', subject: 'Hi', textBody: 'Hi' };
  const headers = { 'Idempotency-Key': 'one' };
  const both = await Promise.all([
    acme.send('ada@example.com', { key: 'one', subject: 'Hi' }),
    other.call('POST', '/job', { tenant: acme.tenant, headers, body: { ...body, textBody: 'Hi there' } }),
  ]);
  expect(new Set(both.map((answer) => JSON.stringify((answer.body as { eId: string }).eId))).size).toBe(1);
});

test('a burst over both replicas is sent once each, by both of them', async () => {
  const { sender, control, ready } = world();
  const acme = await sender();
  const clients = serviceUrls().map((url) => operatorClient(url, ready.apiKey));
  const all = await Promise.all(
    Array.from({ length: 200 }, (_, n) => {
      const body = { configurationEId: acme.eId, recipient: `reader${n}@example.com`, subject: 'Hi', textBody: 'Hi' };
      return clients[n % 2]?.call('POST', '/job', { tenant: acme.tenant, headers: { 'Idempotency-Key': `burst-${n}` }, body });
    }),
  );
  expect(all.map((answer) => answer?.status)).toEqual(all.map(() => 202));
  await until(
    'all mail is there',
    async () => (await acme.record()).queued + (await acme.record()).inFlight,
    (left) => left === 0,
    30_000,
  );
  const mail = (await control.mail()).filter(({ From }) => From.includes(acme.sendingDomain));
  expect(mail).toHaveLength(200);
  expect(new Set(mail.map(({ Metadata }) => Metadata['jobId'])).size).toBe(200);
});

test('callbacks find the replica that lives when the first was killed', async () => {
  const { sender, ready, kill } = world();
  const acme = await sender();
  const survivor = operatorClient(serviceUrls()[1] ?? '', ready.apiKey);
  kill(ready.pids.service[0] ?? 0);
  const body = { configurationEId: acme.eId, recipient: 'ada@example.com', subject: 'Hi', textBody: 'Hi' };
  const sent = await survivor.call('POST', '/job', { tenant: acme.tenant, headers: { 'Idempotency-Key': 'one' }, body });
  const { eId } = sent.body as { eId: string };
  const job = async () => (await survivor.get(`/job/${eId}`, { tenant: acme.tenant })).body as { status: string };
  await until('the delivery is known', job, ({ status }) => status === 'DELIVERED');
  await untilReady(ready.service ?? '');
});

test('one replica killed under load: everything that was accepted is sent once, and every configuration finishes', async () => {
  const { sender, actor, control, ready, kill } = world();
  const acme = await sender();
  const survivor = operatorClient(serviceUrls()[0] ?? '', ready.apiKey);
  const waiting = await Promise.all(Array.from({ length: 6 }, () => actor({ provision: true })));
  const accepted: string[] = [];
  const send = async (n: number): Promise<void> => {
    const body = { configurationEId: acme.eId, recipient: `reader${n}@example.com`, subject: 'Hi', textBody: 'Hi' };
    const answer = await survivor.call('POST', '/job', { tenant: acme.tenant, headers: { 'Idempotency-Key': `load-${n}` }, body });
    if (answer.status === 202) accepted.push((answer.body as { eId: string }).eId);
  };
  const load = Array.from({ length: 150 }, (_, n) => send(n));
  kill(ready.pids.service[1] ?? 0);
  await Promise.all(load);
  expect(accepted).toHaveLength(150);
  for (const each of waiting) await each.untilStatus('LOCKED', 30_000);
  const jobs = () => Promise.all(accepted.map((eId) => acme.job(eId)));
  // What the dead one had under way is held first, then looked up past its grace.
  await until('nothing is SENDING', jobs, (seen) => seen.every(({ status }) => status !== 'SENDING'), 20_000);
  await control.advance(600);
  await until('all are delivered', jobs, (seen) => seen.every(({ status }) => status === 'DELIVERED'), 20_000);
  const mail = (await control.mail()).filter(({ From }) => From.includes(acme.sendingDomain));
  expect(mail).toHaveLength(150);
  const { servers, domains, webhooks } = await (waiting[0] ?? acme).holdings();
  expect({ servers: servers.length, domains, webhooks }).toEqual({ servers: 1, domains: 1, webhooks: 1 });
  // --restart: it comes back on its address.
  await untilReady(serviceUrls()[1] ?? '');
});

test('each replica counts its own work on its own /metrics', async () => {
  const { ready, sender } = world();
  const acme = await sender();
  const accepted = async (): Promise<number[]> => {
    const pages = await Promise.all(ready.services.map(async (url) => (await fetch(`${url}/metrics`)).text()));
    return pages.map((page) => Number(/^email_send_accepted_total(?:\{[^}]*\})? (\d+)$/m.exec(page)?.[1] ?? Number.NaN));
  };
  const [first = 0, second = 0] = await accepted();
  const other = operatorClient(serviceUrls()[1] ?? '', ready.apiKey);
  await acme.send();
  for (const key of ['a', 'b']) {
    const body = { configurationEId: acme.eId, recipient: 'ada@example.com', subject: 'Hi', textBody: 'Hi' };
    expect((await other.call('POST', '/job', { tenant: acme.tenant, headers: { 'Idempotency-Key': key }, body })).status).toBe(202);
  }
  expect(await accepted()).toEqual([first + 1, second + 2]);
  expect((await fetch(`${ready.metrics}/metrics`)).status).toBe(200);
});
