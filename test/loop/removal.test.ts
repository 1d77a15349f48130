/** The way back: what removal and a failed provisioning leave outside, in which order it goes, and who may have the name afterwards. */
import { afterEach, describe, expect, test } from 'vitest';
import { type Actor, uniqueName } from './support/actor.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal', EMAIL_POSTMARK_TIMEOUT_SECONDS: '1' });

afterEach(async () => {
  await world().control.clearFaults();
  await world().control.settings({ serverDeletion: false, insyncMs: 0 });
});

const nothing = { servers: [], domains: 0, webhooks: 0, records: [] };

async function lockedSender(): Promise<Actor> {
  const acme = await world().sender();
  await acme.signal('lock');
  await acme.untilStatus('LOCKED');
  return acme;
}

test('removal retires the server that may not be deleted: renamed, without webhooks; everything else is gone', async () => {
  const { control } = world();
  const acme = await lockedSender();
  const { postmark } = await acme.record();
  expect((await acme.signal('remove')).status).toBe(202);
  const removed = await acme.untilStatus('REMOVED');
  expect(removed).toMatchObject({ waitingOn: null, allowedSignals: [], canSend: false });
  expect(await acme.holdings()).toEqual(nothing);
  const retired = (await control.state()).postmark.servers.find(({ ID }) => ID === postmark.serverId);
  expect(retired?.Name).toMatch(new RegExp(`^retired-${acme.serverName}-[0-9a-z]+$`));
  expect(retired?.webhooks).toEqual([]);
  expect((await acme.signal('remove')).status).toBe(200);
  expect((await acme.signal('provision')).status).toBe(409);
});

test('a server that may be deleted is deleted', async () => {
  const { control } = world();
  await control.settings({ serverDeletion: true });
  const acme = await lockedSender();
  const { postmark } = await acme.record();
  await acme.signal('remove');
  await acme.untilStatus('REMOVED');
  expect((await control.state()).postmark.servers.some(({ ID }) => ID === postmark.serverId)).toBe(false);
});

test('the records are gone from every name server before anything of Postmark is let go', async () => {
  const { control } = world();
  const acme = await lockedSender();
  await control.settings({ insyncMs: 60_000 });
  await acme.signal('remove');
  await acme.untilRecord(
    'waits for the records',
    ({ waitingOn }) => waitingOn?.what === 'unwind' && (waitingOn.detail ?? '').includes('DNS'),
  );
  await control.advance(30);
  const during = await acme.holdings();
  expect({ servers: during.servers.length, domains: during.domains, webhooks: during.webhooks }).toEqual({
    servers: 1,
    domains: 1,
    webhooks: 1,
  });
  await control.advance(120);
  await acme.untilStatus('REMOVED');
  expect(await acme.holdings()).toEqual(nothing);
});

test('a removal that cannot get through goes on until it can, and Sentry is told once', async () => {
  const { control } = world();
  const acme = await lockedSender();
  await control.fault({ service: 'postmark', operation: 'DELETE /domains/{id}', kind: 'status', status: 503, errorCode: 100 });
  await acme.signal('remove');
  await acme.untilRecord('waits', ({ waitingOn }) => (waitingOn?.detail ?? '') !== '');
  await control.advance(3600);
  expect((await acme.record()).status).toBe('REMOVING');
  const told = async () =>
    (await control.sentry()).filter(
      ({ message, fingerprint }) => message?.includes('unwind_stuck') === true && fingerprint?.includes(acme.eId),
    );
  await until('Sentry was told', told, (events) => events.length > 0);
  await control.clearFaults();
  await control.advance(120);
  await acme.untilStatus('REMOVED');
  expect(await told()).toHaveLength(1);
});

test('what is removed by hand meanwhile is no obstacle', async () => {
  const { control } = world();
  const acme = await lockedSender();
  for (const { name, type, value } of (await acme.record()).dns) await control.record({ action: 'DELETE', name, type, values: [value] });
  await acme.signal('remove');
  await acme.untilStatus('REMOVED');
  expect(await acme.holdings()).toEqual(nothing);
});

test('a slug belongs to one configuration of the partition, and is free again after its removal', async () => {
  const { actor, api } = world();
  const acme = await lockedSender();
  const taken = await api.post('/configuration', { sendingDomainSlug: acme.slug }, { tenant: uniqueName() });
  expect(taken).toMatchObject({ status: 409, body: { code: 'slug_in_use' } });
  await acme.signal('remove');
  await acme.untilStatus('REMOVED');
  const heir = await actor({ slug: acme.slug, provision: true });
  await heir.unlocked();
  const { body } = await heir.send();
  await heir.untilJob(body.eId, 'DELIVERED');
  const { servers, domains, webhooks, records } = await heir.holdings();
  expect({ servers: servers.length, domains, webhooks, records: records.length }).toEqual({
    servers: 1,
    domains: 1,
    webhooks: 1,
    records: 2,
  });
  expect((await acme.record()).status).toBe('REMOVED');
});

test('a configuration that was never provisioned is removed without a call', async () => {
  const { actor, control } = world();
  const acme = await actor();
  const before = (await control.state()).calls.postmark;
  await acme.signal('remove');
  await acme.untilStatus('REMOVED');
  const after = (await control.state()).calls.postmark;
  expect({ ...after, 'GET /servers': 0, 'GET /domains': 0 }).toEqual({ ...before, 'GET /servers': 0, 'GET /domains': 0 });
});

describe('provisioning that is refused', () => {
  test.each([
    ['createServer', 'POST /servers', 614],
    ['createDomain', 'POST /domains', 614],
    ['installWebhook', 'POST /webhooks', 1359],
  ])('at %s leaves nothing in Route 53 and nothing of ours at Postmark, and says why', async (step, operation, errorCode) => {
    const { actor, control } = world();
    const writes = (await control.state()).calls.route53['ChangeResourceRecordSets'] ?? 0;
    await control.fault({ service: 'postmark', operation, kind: 'status', status: 422, errorCode });
    const acme = await actor({ provision: true });
    const missing = await acme.untilStatus('MISSING');
    expect(missing).toMatchObject({ allowedSignals: ['re-provision', 'remove'], waitingOn: { what: 'operator', signal: 're-provision' } });
    expect(missing.waitingOn?.detail).toBeTruthy();
    expect((await acme.history()).find(({ event }) => event === 'StepFailed')?.detail).toMatchObject({
      step,
      code: `postmark_${errorCode}`,
    });
    expect(await acme.holdings()).toEqual(nothing);
    expect((await control.state()).calls.route53['ChangeResourceRecordSets'] ?? 0).toBe(writes);
    await control.clearFaults();
    expect((await acme.signal('re-provision')).status).toBe(202);
    await acme.unlocked();
    const { servers, domains, webhooks, records } = await acme.holdings();
    expect({ servers: servers.length, domains, webhooks, records: records.length }).toEqual({
      servers: 1,
      domains: 1,
      webhooks: 1,
      records: 2,
    });
  });

  test('by Route 53 unwinds what Postmark had given', async () => {
    const { actor, control } = world();
    await control.fault({
      service: 'route53',
      operation: 'ChangeResourceRecordSets',
      kind: 'status',
      status: 400,
      errorCode: 'InvalidChangeBatch',
      times: 3,
    });
    const acme = await actor({ provision: true });
    await acme.untilStatus('MISSING');
    expect(await acme.holdings()).toEqual(nothing);
  });

  test('when a step is out of service for longer than its patience fails the step, and before that it is waited for', async () => {
    const { actor, control } = world();
    await control.fault({ service: 'postmark', operation: 'POST /domains', kind: 'status', status: 503, errorCode: 100 });
    const acme = await actor({ provision: true });
    await acme.untilRecord('waits', ({ waitingOn }) => waitingOn?.what === 'createDomain' && waitingOn.detail !== null);
    await control.advance(10 * 60);
    expect(await acme.record()).toMatchObject({ status: 'PROVISIONING', step: 'createDomain' });
    await control.advance(7 * 60);
    await acme.untilStatus('MISSING');
    expect(await acme.holdings()).toEqual(nothing);
  });
});

describe('a server of our name that somebody else made', () => {
  const orphan = async () => {
    const { actor, control } = world();
    const acme = await actor();
    const serverId = await control.server(acme.serverName);
    await acme.signal('provision');
    return { acme, serverId };
  };

  test('is not touched, and the reason is plain to see', async () => {
    const { acme, serverId } = await orphan();
    const missing = await acme.untilStatus('MISSING');
    expect(missing.waitingOn).toMatchObject({ what: 'operator', signal: 're-provision', detail: expect.stringContaining(acme.serverName) });
    expect((await acme.history()).find(({ event }) => event === 'StepFailed')?.detail).toMatchObject({ code: 'postmark_orphan_server' });
    const { servers } = await acme.holdings();
    expect(servers.map(({ ID }) => ID)).toEqual([serverId]);
    await acme.signal('re-provision');
    await acme.untilRecord('is MISSING again', ({ status, generation }) => status === 'MISSING' && generation > missing.generation);
    expect((await acme.holdings()).servers.map(({ ID }) => ID)).toEqual([serverId]);
  });

  test('is taken over when an operator says so', async () => {
    const { acme, serverId } = await orphan();
    await acme.untilStatus('MISSING');
    expect((await acme.signal('re-provision', { adopt: true, reason: 'made by hand in spring' })).status).toBe(202);
    await acme.unlocked();
    expect((await acme.record()).postmark.serverId).toBe(serverId);
    const { body } = await acme.send();
    await acme.untilJob(body.eId, 'DELIVERED');
    expect((await acme.holdings()).servers).toHaveLength(1);
  });

  test('is not removed with the configuration that could not have it', async () => {
    const { acme, serverId } = await orphan();
    await acme.untilStatus('MISSING');
    await acme.signal('remove');
    await acme.untilStatus('REMOVED');
    expect((await acme.holdings()).servers.map(({ ID }) => ID)).toEqual([serverId]);
  });
});
