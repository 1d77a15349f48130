/**
 * All five assertions and plans through the whole product: what was provisioned is found in order, what is then done by hand at Postmark and Route 53 is found
 * and nothing else, and plans that an operator applies mend all of it, so that mail goes out again.
 */
import { expect, test } from 'vitest';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_DRIFT_PLAN_TENANTS_MAX: '3' });
const five = ['postmarkInventory', 'registry', 'dns', 'suppressions', 'webhooks'];

type Result = { name: string; outcome: string; findings: number; skipped: number; reason: string | null };
type Drift = { running: boolean; lastRun: { runId: string; assertions: Result[] } | null };
type Plan = { planId: string; tenants: number; corrections: { kind: string }[]; manual: unknown[]; left: { findings: number } };

const run = async (): Promise<Result[]> => {
  const { api } = world();
  const { runId } = (await api.post('/drift/run', { assertions: five })).body as { runId: string };
  const drift = async () => (await api.get('/drift')).body as Drift;
  return (await until('the run is finished', drift, ({ lastRun }) => lastRun?.runId === runId)).lastRun?.assertions ?? [];
};
const openTags = async (): Promise<string[]> => {
  const { items } = (await world().api.get('/drift/finding?open=true&limit=200')).body as { items: { tag: string; class: string }[] };
  return items.map(({ tag, class: kind }) => `${tag.replace('email.drift.', '')} ${kind}`).toSorted();
};
const plan = async (): Promise<Plan> => (await world().api.get('/drift/plan')).body as Plan;

const postmark = async (method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<unknown> => {
  const response = await fetch(`${world().ready.sandbox.postmark}${path}`, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
};

test('nothing is found of what was provisioned; what is then done by hand is found, and plans mend it until nothing is left', async () => {
  const { api, control, sender } = world();
  await control.settings({ serverDeletion: true });
  const [a, b, c, d, e] = [await sender(), await sender(), await sender(), await sender(), await sender()];
  // Past a tick, and far from the next: the suppression sweep that comes with it would mend what is to be found below.
  await control.advance(1_300);
  expect(await run()).toMatchObject(five.map((name) => ({ name, outcome: 'completed', findings: 0, skipped: 0 })));

  const account = { 'X-Postmark-Account-Token': (await control.state()).postmark.accountTokens[0] ?? '' };
  const serverOf = async (name: string) => (await control.state()).postmark.servers.find((server) => server.Name === name);
  const own = async (actor: typeof a) => {
    const server = await serverOf(actor.serverName);
    return { id: server?.ID ?? 0, webhook: server?.webhooks[0], token: { 'X-Postmark-Server-Token': server?.ApiTokens[0] ?? '' } };
  };
  const [ofA, ofB, ofC, ofD] = [await own(a), await own(b), await own(c), await own(d)];
  await postmark('DELETE', `/servers/${ofA.id}`, account);
  await postmark('PUT', `/webhooks/${ofB.webhook?.ID}`, ofB.token, { Triggers: { Bounce: { Enabled: false, IncludeContent: false } } });
  await postmark('PUT', `/servers/${ofC.id}`, account, { Name: 'renamed by hand' });
  // Postmark tells us of it, unless its callback is lost; it comes when it comes.
  await control.fault({ service: 'webhook', kind: 'drop' });
  await postmark('POST', '/message-streams/outbound/suppressions', ofD.token, { Suppressions: [{ EmailAddress: 'eve@example.com' }] });
  for (const { name, type, value } of (await e.record()).dns)
    await control.record({ action: 'UPSERT', name, type, ttl: 300, values: [type === 'TXT' ? 'k=rsa;p=X' : `not-${value}`] });
  await control.server(`${b.serverName}-copy`);

  await run();
  expect(await openTags()).toEqual([
    'dns_dkim_mismatch edited',
    'dns_return_path_mismatch edited',
    'postmark_orphan_db_row deleted',
    'postmark_orphan_server orphan',
    'server_settings_mismatch edited',
    'suppression_only_at_postmark diverged',
    'webhook_mismatch edited',
  ]);
  await control.clearFaults();

  const first = await plan();
  expect(first).toMatchObject({ tenants: 3, manual: [] });
  expect(first.left.findings).toBeGreaterThan(0);
  expect(await api.post(`/drift/plan/${'0'.repeat(32)}/apply`, {})).toMatchObject({ status: 409, body: { code: 'plan_outdated' } });
  expect(await api.call('POST', `/drift/plan/${first.planId}/apply`, { headers: { 'X-Author': 'olga' } })).toMatchObject({ status: 202 });
  expect((await api.post(`/drift/plan/${first.planId}/apply`, {})).status).toBe(409);

  const settled = async () =>
    (await api.get('/drift/finding?limit=200')).body as { items: { correction: { endedAt: string | null } | null }[] };
  const ended = () =>
    until('corrections have ended', settled, ({ items }) =>
      items.every(({ correction }) => correction === null || correction.endedAt !== null),
    );
  for (let rounds = 0; rounds < 5; rounds += 1) {
    await ended();
    await control.advance(60);
    expect(await run()).toMatchObject(five.map(() => ({ outcome: 'completed' })));
    const { planId, corrections } = await plan();
    if (corrections.length === 0) break;
    await api.post(`/drift/plan/${planId}/apply`, {});
  }
  expect(await openTags()).toEqual([]);
  const events = (await control.sentry()).filter(({ message = '' }) => message.startsWith('email.drift.'));
  expect(events.length).toBe(7);

  const sent = await a.send('ada@example.com');
  await a.untilJob(sent.body.eId, 'DELIVERED');
  expect((await a.history()).slice(-1)).toMatchObject([{ event: 'ServerRemade' }]);
  const authors = [a, b, c, d, e].map((actor) => actor.history());
  expect((await Promise.all(authors)).flat().some(({ author }) => author === 'olga')).toBe(true);
}, 240_000);
