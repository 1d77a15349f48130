/** Drift through the whole product: a record edited by hand is found by the tick, told to Sentry once, and closes when it is mended. */
import { expect, test } from 'vitest';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld(['--replicas', '2'], { EMAIL_DRIFT_DNS_ENABLED: 'true' });

type Drift = { running: boolean; lastRun: { runId: string; assertions: { name: string; outcome: string }[] } | null };

test('of two replicas one runs the assertions on the tick: one event with tag, environment and record name, and a finding that closes when the record is mended', async () => {
  const { api, control, actor } = world();
  const acme = await actor({ provision: true });
  await acme.untilStatus('LOCKED');
  const [dkim] = (await acme.record()).dns.filter(({ purpose }) => purpose === 'dkim');
  const name = dkim?.name ?? '';
  const drift = async (): Promise<Drift> => (await api.get('/drift')).body as Drift;
  const open = async () => (await api.get('/drift/finding?open=true')).body as { items: { class: string; quietUntil: string | null }[] };
  const ticked = async (): Promise<void> => {
    const before = (await drift()).lastRun?.runId;
    await control.advance(900);
    await until('the tick has run', drift, ({ lastRun }) => lastRun !== null && lastRun.runId !== before);
  };
  await ticked();
  const before = (await control.state()).calls.route53['ListResourceRecordSets'] ?? 0;
  await control.record({ action: 'UPSERT', name, type: 'TXT', ttl: 300, values: ['k=rsa;p=SOMEBODY'] });
  await ticked();
  expect(((await control.state()).calls.route53['ListResourceRecordSets'] ?? 0) - before).toBe(1);
  expect((await open()).items).toMatchObject([
    { tag: 'email.drift.dns_dkim_mismatch', class: 'edited', eId: acme.eId, tenantId: acme.tenant },
  ]);
  await ticked();
  const events = (await control.sentry()).filter(({ message }) => message === 'email.drift.dns_dkim_mismatch');
  expect(events).toMatchObject([
    { tags: { 'email.drift': 'dns_dkim_mismatch' }, fingerprint: ['email.drift.dns_dkim_mismatch', acme.eId] },
  ]);
  expect(JSON.stringify(events)).toContain(name);
  await control.record({ action: 'UPSERT', name, type: 'TXT', ttl: 300, values: [dkim?.value ?? ''] });
  const asked = await api.post('/drift/run', { assertions: ['dns'] });
  expect(asked.status).toBe(202);
  const { runId } = asked.body as { runId: string };
  await until('the run that was asked for', drift, ({ lastRun }) => lastRun?.runId === runId);
  expect((await open()).items).toEqual([]);
});
