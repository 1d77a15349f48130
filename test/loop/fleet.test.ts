/** A fleet provisioned at once by replicas that are killed and started again meanwhile: every configuration ends as if nothing had happened. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWholeSuite } from '../../dev/wholeSuite.ts';
import { type ApiClient, operatorClient } from '../support/apiClient.ts';
import type { ConfigurationRecord } from './support/actor.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const count = isWholeSuite ? 200 : 60;
const tenant = 'fleet';
/** With each of them a replica is killed; the last while most are verified and some have not begun. */
const killedAt = [count / 20, count * 0.3, count * 0.6];

const world = sharedWorld(['--replicas', '3', '--restart'], { EMAIL_WORK_LEASE_SECONDS: '2', EMAIL_LOG_LEVEL: 'fatal' });

let database: Client;
beforeAll(async () => {
  database = new Client({ connectionString: world().ready.databaseUrl });
  await database.connect();
});
afterAll(() => database.end());

const ask = async <Row extends object>(sql: string): Promise<Row[]> => (await database.query<Row>(sql)).rows;

const verified = async (): Promise<number> => {
  const [row] = await ask<{ n: number }>(`select count(*)::int as n from configuration where operational = 'OK'`);
  return row?.n ?? 0;
};

/** A replica may die under the request; then the next one is asked. */
async function answered(first: number, call: (api: ApiClient) => Promise<{ status: number }>): Promise<number> {
  const { services, apiKey } = world().ready;
  for (let turn = first; ; turn += 1) {
    const answer = await call(operatorClient(services[turn % services.length] ?? '', apiKey)).catch(() => null);
    if (answer !== null) return answer.status;
  }
}

/** What was created by a replica that died before it passed the signal on, or before it answered, is told again. */
async function provisionTheRest(): Promise<void> {
  for (const { eId } of await ask<{ eId: string }>(`select e_id as "eId" from configuration where operational = 'PENDING'`))
    expect(await answered(0, (api) => api.post(`/configuration/${eId}/provision`, {}, { tenant }))).toBeLessThan(203);
}

test(`${count} at once, each of three replicas killed once and started again: one server, domain, webhook and pair of records each, and nothing left over`, async () => {
  const { ready, control, kill } = world();
  const from = performance.now();
  const created = Promise.all(
    Array.from({ length: count }, (_, n) =>
      answered(n, (api) => api.post('/configuration', { sendingDomainSlug: `fleet-${n}`, provision: true }, { tenant })),
    ),
  );
  for (const [victim, pid] of ready.pids.service.entries()) {
    await until(`replica ${victim} is to be killed`, verified, (n) => n >= (killedAt[victim] ?? 0), 60_000);
    kill(pid);
  }
  // 409: the slug was taken by what was answered to nobody.
  expect((await created).filter((status) => status !== 201 && status !== 409)).toEqual([]);
  await provisionTheRest();
  await until('all are verified', verified, (n) => n === count, 60_000);
  console.info(`${count} configurations through three kills in ${Math.round(performance.now() - from)} ms`);

  const list = async () => {
    const api = operatorClient(ready.services[0] ?? '', ready.apiKey);
    const answer = await api.get('/configuration?status=LOCKED&limit=200', { tenant }).catch(() => null);
    return (answer?.body as { items: ConfigurationRecord[] } | undefined)?.items ?? null;
  };
  const items = (await until('the first replica is back', list, (page) => page !== null)) ?? [];
  expect(new Set(items.map(({ sendingDomainSlug }) => sendingDomainSlug)).size).toBe(count);

  const { postmark, route53 } = await control.state();
  const sorted = (ids: (number | null)[]) => ids.toSorted((a, b) => (a ?? 0) - (b ?? 0));
  expect(sorted(postmark.servers.map(({ ID }) => ID))).toEqual(sorted(items.map((item) => item.postmark.serverId)));
  expect(sorted(postmark.domains.map(({ ID }) => ID))).toEqual(sorted(items.map((item) => item.postmark.domainId)));
  const webhooks = postmark.servers.flatMap((server) => server.webhooks.map(({ ID }) => ID));
  expect(sorted(webhooks)).toEqual(sorted(items.map((item) => item.postmark.webhookId)));
  const records = route53.zones.flatMap((zone) => zone.records).filter(({ Name }) => Name.includes('.fleet-'));
  expect(records.map(({ Type, Name }) => `${Type} ${Name.replace(/\.$/, '')}`).toSorted()).toEqual(
    items.flatMap(({ dns }) => dns.map(({ type, name }) => `${type} ${name}`)).toSorted(),
  );

  const left = () =>
    ask<Record<string, number>>(`
      select (select count(*)::int from effect where settled_at is null) as effects,
        (select count(*)::int from zone_change where in_sync_at is null) as changes,
        (select count(*)::int from worker_lease where expires_at > clock_timestamp()) as leases`);
  // What a dead one had claimed is settled by whoever takes it over.
  const nothing = JSON.stringify([{ effects: 0, changes: 0, leases: 3 }]);
  await until('all three live, the dead have no lease, and nothing is left to do', left, (seen) => JSON.stringify(seen) === nothing);
});
