/**
 * SIGKILL at any moment of the loop, then a new process: the loop completes, and the outside holds one of everything.
 * A call is held open by a fault while its caller dies; what the fault let happen, and what not, is the table.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from './support/actor.ts';
import type { Fault } from './support/control.ts';
import { crashableWorld } from './support/crashable.ts';
import { until } from './support/until.ts';

const world = crashableWorld();

afterEach(() => world().control.clearFaults());

/** How often the outside was called, faulty calls included. */
async function callsOf(fault: Fault): Promise<number> {
  const { calls } = await world().control.state();
  return calls[fault.service][fault.operation ?? ''] ?? 0;
}

/** Sets the fault, lets `begin` run into it, and kills the service while the call is open. */
async function crashDuring(fault: Fault, begin: () => Promise<unknown>): Promise<void> {
  const before = await callsOf(fault);
  await world().control.fault({ ...fault, times: 1 });
  await begin();
  await until(
    `${fault.operation} is called`,
    () => callsOf(fault),
    (calls) => calls > before,
  );
  await world().crash();
  await world().control.clearFaults();
  await world().revive();
}

async function expectOneOfEach(acme: Actor): Promise<void> {
  const { servers, domains, webhooks, records } = await acme.holdings();
  expect({ servers: servers.length, domains, webhooks, records: records.length }).toEqual({
    servers: 1,
    domains: 1,
    webhooks: 1,
    records: 2,
  });
  const { postmark } = await acme.record();
  expect(servers.map(({ ID, webhooks: hooks }) => [ID, hooks[0]?.ID])).toEqual([[postmark.serverId, postmark.webhookId]]);
}

async function expectOneMessage(acme: Actor, jobEId: string): Promise<void> {
  await acme.untilJob(jobEId, 'DELIVERED');
  const mail = await world().control.mail({ jobId: jobEId });
  expect(mail).toHaveLength(1);
  expect((await acme.job(jobEId)).postmarkMessageId).toBe(mail[0]?.MessageID);
}

async function finishTheLoop(acme: Actor): Promise<void> {
  await acme.unlocked();
  await expectOneOfEach(acme);
  const { body } = await acme.send();
  await expectOneMessage(acme, body.eId);
}

const slow = { kind: 'slow', delayMs: 60_000 } as const;
const lost = { kind: 'timeout-after' } as const;
const never = { kind: 'timeout-before' } as const;

describe('killed while provisioning, with an open call to', () => {
  test.each<[string, string, Fault]>([
    ['POST /servers', 'that did happen', { service: 'postmark', operation: 'POST /servers', ...lost }],
    ['POST /servers', 'that did not', { service: 'postmark', operation: 'POST /servers', ...never }],
    ['POST /domains', 'that did happen', { service: 'postmark', operation: 'POST /domains', ...lost }],
    ['GET /webhooks', 'that is slow', { service: 'postmark', operation: 'GET /webhooks', ...slow }],
    ['POST /webhooks', 'that did happen', { service: 'postmark', operation: 'POST /webhooks', ...lost }],
    ['ChangeResourceRecordSets', 'that did happen', { service: 'route53', operation: 'ChangeResourceRecordSets', ...lost }],
    ['GetChange', 'that is slow', { service: 'route53', operation: 'GetChange', ...slow }],
    ['PUT /domains/{id}/verifyDkim', 'that did happen', { service: 'postmark', operation: 'PUT /domains/{id}/verifyDkim', ...lost }],
  ])('%s %s, the loop completes with one of everything', async (_operation, _what, fault) => {
    const acme = await world().actor();
    await crashDuring(fault, () => acme.signal('provision'));
    await finishTheLoop(acme);
  });
});

test('killed right after create was answered, the configuration is there and goes its way', async () => {
  const acme = await world().actor({ provision: true });
  await world().crash();
  await world().revive();
  await finishTheLoop(acme);
});

test('killed right after a message was accepted, the message is sent once', async () => {
  const { crash, revive, sender, control } = world();
  const acme = await sender();
  const { status, body } = await acme.send();
  await crash();
  expect(status).toBe(202);
  await revive();
  // Whether the call had begun is not known, so it may be looked up first: past the grace, and the looks.
  await until(
    'the job has left SENDING',
    () => acme.job(body.eId),
    (job) => job.status !== 'SENDING',
  );
  await control.advance(300);
  await expectOneMessage(acme, body.eId);
});

test.each<[string, Fault['kind'], number]>([
  ['had taken the message', 'timeout-after', 1],
  ['had not taken the message', 'timeout-before', 2],
])('killed while the send call is open, and Postmark %s: the message is there once', async (_what, kind, calls) => {
  const { sender, control } = world();
  const acme = await sender();
  let jobEId = '';
  const before = (await control.state()).calls.postmark['POST /email'] ?? 0;
  await crashDuring({ service: 'postmark', operation: 'POST /email', kind }, async () => {
    jobEId = (await acme.send()).body.eId;
  });
  // Postmark's own report of the message may come before the look-up; then there is nothing to look up.
  await until(
    'is not SENDING',
    () => acme.job(jobEId),
    (job) => job.status !== 'SENDING',
  );
  await control.advance(300);
  await expectOneMessage(acme, jobEId);
  expect((await control.state()).calls.postmark['POST /email']).toBe(before + calls);
});

test('killed after the send and before its webhook, the delivery is known once Postmark tells it again', async () => {
  const { sender, control, crash, revive } = world();
  const acme = await sender();
  await control.settings({ deliveryDelayMs: 60_000 });
  const { body } = await acme.send();
  await acme.untilJob(body.eId, 'SENT');
  await crash();
  await control.advance(61);
  expect((await control.state()).calls.webhook['Delivery']).toBeGreaterThan(0);
  await control.settings({ deliveryDelayMs: 0 });
  await revive();
  await control.advance(60);
  await expectOneMessage(acme, body.eId);
});

test.each<[string, Fault]>([
  ['ChangeResourceRecordSets', { service: 'route53', operation: 'ChangeResourceRecordSets', ...lost }],
  ['DELETE /webhooks/{id}', { service: 'postmark', operation: 'DELETE /webhooks/{id}', ...lost }],
  ['DELETE /domains/{id}', { service: 'postmark', operation: 'DELETE /domains/{id}', ...lost }],
  ['DELETE /servers/{id}', { service: 'postmark', operation: 'DELETE /servers/{id}', ...slow }],
  ['PUT /servers/{id}', { service: 'postmark', operation: 'PUT /servers/{id}', ...lost }],
])('killed while unwinding, with an open call to %s: nothing of ours is left', async (_operation, fault) => {
  const { sender } = world();
  const acme = await sender();
  const { postmark } = await acme.record();
  await acme.signal('lock');
  await acme.untilStatus('LOCKED');
  await crashDuring(fault, () => acme.signal('remove'));
  await acme.untilStatus('REMOVED');
  expect(await acme.holdings()).toEqual({ servers: [], domains: 0, webhooks: 0, records: [] });
  const retired = (await world().control.state()).postmark.servers.filter(({ ID }) => ID === postmark.serverId);
  expect(retired.map(({ Name, webhooks }) => [Name.startsWith(`retired-${acme.serverName}-`), webhooks])).toEqual([[true, []]]);
});
