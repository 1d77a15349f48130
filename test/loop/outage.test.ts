/** The database goes away and comes back: callers are told to come again, nothing accepted is lost, nothing is done twice. */
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal' });

/** Refuses everybody, and cuts whoever is connected: what a failover looks like from here. */
async function onServer(work: (client: Client) => Promise<unknown>): Promise<void> {
  const url = new URL(world().ready.databaseUrl);
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const down = () =>
  onServer(async (client) => {
    await client.query('alter database postroute allow_connections false');
    await client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'postroute'");
  });
const up = () => onServer((client) => client.query('alter database postroute allow_connections true'));

test('while the database is away callers are answered 503 and the process lives; afterwards all goes on, once', {
  timeout: 60_000,
}, async () => {
  const { sender, control, api, ready } = world();
  const acme = await sender();
  await control.settings({ deliveryDelayMs: 5000 });
  const before = await acme.send('before@example.com');
  await acme.untilJob(before.body.eId, 'SENT');
  const [webhook] = (await acme.holdings()).servers.flatMap(({ webhooks }) => webhooks);
  await down();
  try {
    const answers = await until(
      'the outage shows',
      () => acme.send('during@example.com', { key: 'during' }),
      ({ status }) => status !== 202,
    );
    expect(answers).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answers.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await api.outside('/livez')).status).toBe(200);
    expect(
      (
        await until(
          'readiness shows it',
          () => api.outside('/readyz'),
          ({ status }) => status === 503,
        )
      ).status,
    ).toBe(503);
    const headers = Object.fromEntries((webhook?.HttpHeaders ?? []).map(({ Name, Value }) => [Name, Value]));
    const report = await fetch(webhook?.Url ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    });
    expect(report.status).toBe(503);
    await control.advance(6);
  } finally {
    await up();
  }
  await until(
    'it is ready again',
    () => api.outside('/readyz'),
    ({ status }) => status === 200,
    20_000,
  );
  await control.settings({ deliveryDelayMs: 0 });
  const during = await until(
    'messages are taken again',
    () => acme.send('during@example.com', { key: 'during' }),
    ({ status }) => status === 202 || status === 200,
  );
  await acme.untilJob(during.body.eId, 'DELIVERED');
  expect(await control.mail({ jobId: during.body.eId })).toHaveLength(1);
  // Postmark was answered 503 meanwhile, and tells it again after a minute.
  await control.advance(120);
  await acme.untilJob(before.body.eId, 'DELIVERED');
  expect(ready.pids.service).toHaveLength(1);
  process.kill(ready.pids.service[0] ?? 0, 0);
});

test('an outage in the middle of a send neither loses the message nor sends it twice', async () => {
  const { sender, control, api } = world();
  const acme = await sender();
  const calls = async (): Promise<number> => (await control.state()).calls.postmark['POST /email'] ?? 0;
  const before = await calls();
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'slow', delayMs: 1500, times: 1 });
  const { body } = await acme.send();
  await until('the call is open', calls, (made) => made > before);
  await down();
  await until(
    'Postmark has the message',
    () => control.mail({ jobId: body.eId }),
    (mail) => mail.length === 1,
  );
  await up();
  await until(
    'it is ready again',
    () => api.outside('/readyz'),
    ({ status }) => status === 200,
    20_000,
  );
  await until(
    'the job is not SENDING',
    () => acme.job(body.eId),
    ({ status }) => status !== 'SENDING',
    25_000,
  );
  await control.advance(300);
  await acme.untilJob(body.eId, 'DELIVERED');
  expect(await control.mail({ jobId: body.eId })).toHaveLength(1);
});
