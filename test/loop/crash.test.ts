/**
 * SIGKILL at any moment of the loop, then a new process: the loop completes, and the outside holds one of everything.
 * Calls are held open by faults while their caller dies; what a fault let happen, and what not, is the table. Each call belongs to a configuration of its
 * own, so that one death meets many of them; every call by itself, and other kinds of trouble, are the table of test/work/crashForth.test.ts.
 */
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import type { Actor } from './support/actor.ts';
import type { Fault } from './support/control.ts';
import { crashableWorld } from './support/crashable.ts';
import { watchTakeovers } from './support/takeoverWatch.ts';
import { until } from './support/until.ts';

/** A call that is held open stays so until its caller dies, and is no reason for anybody else to wait. */
const world = crashableWorld({
  EMAIL_POSTMARK_TIMEOUT_SECONDS: '60',
  EMAIL_AWS_TIMEOUT_SECONDS: '60',
  EMAIL_DNS_TIMEOUT_SECONDS: '60',
  EMAIL_POSTMARK_REQUESTS_PER_SECOND: '100',
  EMAIL_ROUTE53_REQUESTS_PER_SECOND: '100',
  EMAIL_WORK_CONCURRENCY: '20',
});

afterEach(async () => {
  await world().control.clearFaults();
  await world().control.settings({ insyncMs: 0, autoDeliver: true });
});

/** How often the outside was called, faulty calls included. */
async function callsOf(fault: Fault): Promise<number> {
  const { calls } = await world().control.state();
  return calls[fault.service][fault.operation ?? ''] ?? 0;
}

/** Sets the fault, and lets `begin` run into it; the call stays open. */
async function openCall(fault: Fault, begin: () => Promise<unknown>): Promise<void> {
  const before = await callsOf(fault);
  await world().control.fault({ ...fault, times: 1 });
  await begin();
  await until(
    `${fault.operation} is called`,
    () => callsOf(fault),
    (calls) => calls > before,
  );
}

async function dieAndRevive(): Promise<void> {
  await world().crash();
  await world().control.clearFaults();
  await world().revive();
}

/** One death with all of these calls open, in this order: none may be in the way of the next. */
async function crashDuringAll(faults: readonly Fault[], actors: readonly Actor[], signal: string): Promise<void> {
  for (const [n, fault] of faults.entries()) await openCall(fault, async () => actors[n]?.signal(signal));
  await dieAndRevive();
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

async function expectOneMessage(acme: Actor, jobEId: string, status = 'DELIVERED'): Promise<void> {
  await acme.untilJob(jobEId, status);
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

const postmark = (operation: string, manner: Pick<Fault, 'kind' | 'delayMs'>): Fault => ({ service: 'postmark', operation, ...manner });
const route53 = (operation: string, manner: Pick<Fault, 'kind' | 'delayMs'>): Fault => ({ service: 'route53', operation, ...manner });

const several = (count: number, make: () => Promise<Actor>): Promise<Actor[]> => Promise.all(Array.from({ length: count }, make));

test.each<[string, Fault[]]>([
  [
    'each step, most of which did happen',
    [
      postmark('PUT /domains/{id}/verifyDkim', lost),
      postmark('POST /webhooks', lost),
      postmark('POST /domains', lost),
      postmark('POST /servers', lost),
      postmark('POST /servers', never),
      // The zone's writer waits in it for as long as it lives, so it comes last.
      route53('ChangeResourceRecordSets', lost),
    ],
  ],
  ['each look', [{ service: 'dns', operation: 'TXT', ...never }, postmark('GET /webhooks', slow), route53('GetChange', slow)]],
])('killed while provisioning, with open calls of %s: every loop completes with one of everything', async (_what, faults) => {
  const actors = await several(faults.length, () => world().actor());
  await crashDuringAll(faults, actors, 'provision');
  await Promise.all(actors.map(finishTheLoop));
});

test('killed right after a configuration was created, after a message was accepted, and with messages under way: each goes its way once', async () => {
  const { sender, actor, control } = world();
  const [accepting, taken, untaken, delivering] = await Promise.all([sender(), sender(), sender(), sender()]);
  const jobs = new Map<Actor, string>();
  const send = async (acme: Actor): Promise<void> => {
    const { status, body } = await acme.send();
    expect(status).toBe(202);
    jobs.set(acme, body.eId);
  };
  const job = (acme: Actor): string => jobs.get(acme) ?? '';
  // Its delivery is told when nobody listens.
  await control.settings({ deliveryDelayMs: 60_000 });
  await send(delivering);
  await delivering.untilJob(job(delivering), 'SENT');
  await openCall(postmark('POST /email', lost), () => send(taken));
  await openCall(postmark('POST /email', never), () => send(untaken));
  const before = (await control.state()).calls.postmark['POST /email'] ?? 0;
  const created = await actor({ provision: true });
  await send(accepting);
  await world().crash();
  await control.clearFaults();
  await control.advance(61);
  expect((await control.state()).calls.webhook['Delivery']).toBeGreaterThan(0);
  await control.settings({ deliveryDelayMs: 0 });
  await world().revive();
  // Whether a call had begun is not known, so it may be looked up first: past the grace, and the looks.
  for (const acme of [accepting, taken, untaken])
    await until(
      'the job has left SENDING',
      () => acme.job(job(acme)),
      ({ status }) => status !== 'SENDING',
    );
  await control.advance(300);
  for (const acme of jobs.keys()) await expectOneMessage(acme, job(acme));
  // What was not taken is sent again, what was just accepted for its first time, and nothing else.
  expect(((await control.state()).calls.postmark['POST /email'] ?? 0) - before).toBe(2);
  await finishTheLoop(created);
});

test.each<[string, Fault[]]>([
  [
    'each step',
    [
      postmark('PUT /servers/{id}', lost),
      postmark('DELETE /servers/{id}', slow),
      postmark('DELETE /domains/{id}', lost),
      postmark('DELETE /webhooks/{id}', lost),
      route53('ChangeResourceRecordSets', lost),
    ],
  ],
  ['each look', [postmark('GET /webhooks', slow), route53('ListResourceRecordSets', slow), route53('GetChange', slow)]],
])(
  'killed while unwinding, with open calls of %s: nothing is left, and no record ever points at what was let go',
  async (_what, faults) => {
    const { control, ready, sender } = world();
    const actors = await several(faults.length, async () => {
      const acme = await sender();
      await acme.signal('lock');
      await acme.untilStatus('LOCKED');
      return acme;
    });
    const serverIds = await Promise.all(actors.map(async (acme) => (await acme.record()).postmark.serverId));
    // Long enough that a release which did not wait for the name servers would be seen.
    await control.settings({ insyncMs: 300 });
    const watch = await watchTakeovers(control, ready.sandbox.dns, actors);
    await crashDuringAll(faults, actors, 'remove');
    await Promise.all(actors.map((acme) => acme.untilStatus('REMOVED')));
    const { heldAndAnswered, releasedAndSilent, exposed } = await watch.end();
    expect(exposed).toEqual([]);
    // It did see the records while they were in use, and the names of all after they were not.
    expect(heldAndAnswered).toBeGreaterThan(0);
    expect(releasedAndSilent).toBeGreaterThanOrEqual(2 * actors.length);
    const { servers } = (await control.state()).postmark;
    for (const [n, acme] of actors.entries()) {
      expect(await acme.holdings()).toEqual({ servers: [], domains: 0, webhooks: 0, records: [] });
      const retired = servers.filter(({ ID }) => ID === serverIds[n]);
      expect(retired.map(({ Name, webhooks }) => [Name.startsWith(`retired-${acme.serverName}-`), webhooks])).toEqual([[true, []]]);
    }
  },
);

test('killed while a lock drains and while a force-lock cancels: both end, and nothing that was queued leaves', async () => {
  const { control, ready, sender } = world();
  // A delivery that is reported while the call is open would end the job, and the drain with it.
  await control.settings({ autoDeliver: false });
  const [draining, forced] = [await sender(), await sender()];
  const mail: Fault = { service: 'postmark', operation: 'POST /email', ...lost };
  const jobs: string[] = [];
  const sends = async (acme: Actor) => jobs.push((await acme.send()).body.eId);
  await openCall(mail, () => sends(draining));
  await draining.signal('lock');
  await openCall(mail, () => sends(forced));
  for (let n = 0; n < 3; n += 1) await sends(forced);
  const database = new Client({ connectionString: ready.databaseUrl });
  await database.connect();
  const effects = (kind: string) =>
    database.query(`select holder, settled_at from effect where kind = $1 and configuration_e_id = $2`, [kind, forced.eId]);
  try {
    expect(await draining.record()).toMatchObject({ administrativeStatus: 'LOCKING', waitingOn: { what: 'drain' } });
    // The cancelling waits for these rows, and dies of it.
    await database.query('begin');
    await database.query(`select from email_job where configuration_e_id = $1 and status = 'QUEUED' for update`, [forced.eId]);
    forced.signal('force-lock').catch(() => undefined);
    await until(
      'the cancelling is begun',
      () => effects('cancel-in-flight'),
      ({ rows }) => rows.some(({ holder, settled_at: settledAt }) => holder !== null && settledAt === null),
    );
    await world().crash();
    await database.query('rollback');
  } finally {
    await database.end();
  }
  await control.clearFaults();
  await world().revive();
  const [open, aborted, ...queued] = jobs;
  await Promise.all(queued.map((eId) => forced.untilJob(eId, 'CANCELLED')));
  // The dead holder's lease is process time; what it held is looked up after its grace, which is domain time.
  await draining.untilJob(open ?? '', 'HELD');
  await forced.untilJob(aborted ?? '', 'HELD');
  await control.advance(300);
  await draining.untilStatus('LOCKED');
  await forced.untilStatus('LOCKED');
  // What had left was taken, and is known to be.
  for (const [acme, eId] of [
    [draining, open],
    [forced, aborted],
  ] as const)
    await expectOneMessage(acme, eId ?? '', 'SENT');
  expect((await control.mail()).filter(({ From }) => From.includes(forced.sendingDomain))).toHaveLength(1);
});
