/** What each state accepts, over the wire: 202 when it starts something, 200 when it is already so, 409 with what would be accepted. */
import { afterEach, describe, expect, test } from 'vitest';
import { type Actor, uniqueName } from './support/actor.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal', EMAIL_POSTMARK_TIMEOUT_SECONDS: '60' });

afterEach(async () => {
  world().outside.goOn();
  await world().control.clearFaults();
});

const signals = ['provision', 're-provision', 're-verify', 'recover', 'lock', 'force-lock', 'unlock', 'remove'];

/** Sends every signal that must change nothing, and says what each was answered. */
async function expectAnswers(acme: Actor, alreadySo: readonly string[], accepted: readonly string[]): Promise<void> {
  const [before, history] = [await acme.record(), await acme.history()];
  expect(before.allowedSignals.toSorted()).toEqual(accepted.toSorted());
  for (const signal of signals.filter((name) => !accepted.includes(name))) {
    const { status, body } = await acme.signal(signal);
    if (alreadySo.includes(signal)) expect({ signal, status }).toEqual({ signal, status: 200 });
    else {
      expect({ signal, status, code: body.code }).toEqual({ signal, status: 409, code: 'signal_not_accepted' });
      expect(body.allowedSignals?.toSorted()).toEqual(accepted.toSorted());
    }
  }
  expect(await acme.history()).toEqual(history);
  expect((await acme.record()).generation).toBe(before.generation);
}

test('PENDING accepts provision and remove', async () => {
  await expectAnswers(await world().actor(), ['lock', 'force-lock'], ['provision', 'remove']);
});

test('PROVISIONING accepts nothing, and says what it waits for', async () => {
  const { actor, control } = world();
  await control.fault({ service: 'postmark', operation: 'POST /servers', kind: 'slow', delayMs: 5000, times: 1 });
  const acme = await actor({ provision: true });
  world().outside.standStill();
  await expectAnswers(acme, ['provision', 're-provision', 'lock', 'force-lock'], []);
  expect(await acme.record()).toMatchObject({ status: 'PROVISIONING', step: 'createServer', waitingOn: { what: 'createServer' } });
});

test('LOCKED accepts unlock and remove, UNLOCKED accepts lock and force-lock', async () => {
  const acme = await world().actor({ provision: true });
  await acme.untilStatus('LOCKED');
  await expectAnswers(acme, ['lock', 'force-lock'], ['unlock', 'remove']);
  expect((await acme.signal('unlock', { reason: 'all looks well' })).status).toBe(202);
  await expectAnswers(acme, ['unlock'], ['lock', 'force-lock']);
  expect((await acme.history()).find(({ event }) => event === 'unlock')).toMatchObject({
    author: 'test',
    detail: { reason: 'all looks well' },
  });
});

test('a signal that nobody knows, or for what is not there, is refused', async () => {
  const { actor, api } = world();
  const acme = await actor();
  expect((await acme.signal('explode')).status).toBeGreaterThanOrEqual(400);
  expect((await api.post('/configuration/0199c1a2-0000-7000-8000-000000000000/unlock', {})).status).toBe(404);
  const stranger = { tenant: uniqueName() };
  expect((await api.post(`/configuration/${acme.eId}/provision`, {}, stranger)).status).toBe(404);
});

test('a tenant sends through one configuration at a time, however many ask at once', async () => {
  const { actor } = world();
  const tenant = uniqueName();
  const all = await Promise.all(Array.from({ length: 4 }, () => actor({ tenant, provision: true })));
  for (const each of all) await each.untilStatus('LOCKED');
  const answers = await Promise.all(all.map((each) => each.signal('unlock')));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409, 409]);
  for (const { status, body } of answers) if (status === 409) expect(body.code).toBe('tenant_already_sendable');
  const [winner, loser] = [answers.findIndex(({ status }) => status === 202), answers.findIndex(({ status }) => status === 409)];
  await all[winner]?.signal('lock');
  await all[winner]?.untilStatus('LOCKED');
  expect((await all[loser]?.signal('unlock'))?.status).toBe(202);
});

describe('a lock', () => {
  /** A sender with one call open, which stays so until the outside goes on, and more waiting in the queue. */
  const busy = async () => {
    const { sender, control } = world();
    const acme = await sender();
    const before = (await control.state()).calls.postmark['POST /email'] ?? 0;
    await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'slow', delayMs: 1500, times: 1 });
    const open = await acme.send('open@example.com');
    await until(
      'the call is open',
      async () => (await control.state()).calls.postmark['POST /email'] ?? 0,
      (calls) => calls > before,
    );
    world().outside.standStill();
    const queued = await Promise.all(['a@example.com', 'b@example.com'].map((recipient) => acme.send(recipient)));
    return { acme, open: open.body.eId, queued: queued.map(({ body }) => body.eId) };
  };

  test('waits for what is under way, keeps the queue, takes nothing new, and the queue goes out after unlock', async () => {
    const { acme, open, queued } = await busy();
    expect(await acme.signal('lock')).toMatchObject({ status: 202, body: { administrativeStatus: 'LOCKING', canSend: false } });
    await expectAnswers(acme, ['lock'], ['unlock', 'force-lock']);
    expect(await acme.record()).toMatchObject({ status: 'LOCKING', waitingOn: { what: 'drain' }, inFlight: 1, queued: 2 });
    expect(await acme.send()).toMatchObject({ status: 409, body: { code: 'not_sendable', waitingOn: { what: 'drain' } } });
    world().outside.goOn();
    await acme.untilStatus('LOCKED');
    await acme.untilJob(open, 'DELIVERED');
    for (const eId of queued) expect((await acme.job(eId)).status).toBe('QUEUED');
    expect(await world().control.mail({ to: 'a@example.com', jobId: queued[0] ?? '' })).toEqual([]);
    await acme.signal('unlock');
    for (const eId of queued) await acme.untilJob(eId, 'DELIVERED');
  });

  test('that is taken back while it drains changes nothing for the mail', async () => {
    const { acme, open, queued } = await busy();
    await acme.signal('lock');
    expect((await acme.signal('unlock')).status).toBe(202);
    world().outside.goOn();
    for (const eId of [open, ...queued]) await acme.untilJob(eId, 'DELIVERED');
    expect((await acme.record()).status).toBe('UNLOCKED');
  });

  test('by force cancels the queue and what was not taken, and nothing reaches the provider after its answer', async () => {
    const { acme, open, queued } = await busy();
    const { control } = world();
    expect(await acme.signal('force-lock')).toMatchObject({ status: 202, body: { administrativeStatus: 'LOCKED' } });
    world().outside.goOn();
    const calls = async () => (await control.state()).calls.postmark;
    const atAnswer = await calls();
    for (const eId of queued) await acme.untilJob(eId, 'CANCELLED');
    // Nobody knows yet whether the open call was taken; past the grace it is looked up.
    await until(
      'the aborted call is settled',
      () => acme.job(open),
      ({ status }) => status !== 'SENDING',
    );
    await control.advance(300);
    const [mail] = await control.mail({ jobId: open });
    expect((await acme.job(open)).status).toBe(mail === undefined ? 'CANCELLED' : 'DELIVERED');
    const { 'GET /messages/outbound': looks, ...now } = await calls();
    const { 'GET /messages/outbound': looksBefore, ...before } = atAnswer;
    expect(now).toEqual(before);
    expect(looks ?? 0).toBeGreaterThan((looksBefore ?? 0) - 1);
    expect((await acme.signal('unlock')).status).toBe(202);
    await control.advance(10_000);
    for (const eId of queued) expect((await acme.job(eId)).status).toBe('CANCELLED');
  });
});

describe('five failures in a row of the configuration', () => {
  const failed = async () => {
    const { sender, control } = world();
    const acme = await sender();
    await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'status', status: 401, errorCode: 10 });
    for (let n = 1; n <= 5; n += 1) {
      const { status, body } = await acme.send(`reader${n}@example.com`);
      expect(status).toBe(202);
      await acme.untilJob(body.eId, 'FAILED');
      if (n < 5) await acme.untilRecord(`counts ${n}`, ({ failureCount }) => failureCount === n);
    }
    await acme.untilStatus('FAILURE');
    await control.clearFaults();
    return acme;
  };

  test('stop it, tell Sentry, and recover leads by DEGRADED back to OK', async () => {
    const acme = await failed();
    await expectAnswers(acme, ['unlock'], ['recover', 'lock', 'force-lock']);
    expect(await acme.record()).toMatchObject({ canSend: false, waitingOn: { what: 'operator', signal: 'recover' } });
    expect(await acme.send()).toMatchObject({ status: 409, body: { code: 'not_sendable' } });
    await until(
      'Sentry was told',
      () => world().control.sentry(),
      (events) => events.some(({ fingerprint }) => fingerprint?.includes(acme.eId) === true),
    );
    expect(await acme.signal('recover')).toMatchObject({
      status: 202,
      body: { operationalStatus: 'DEGRADED', status: 'UNLOCKED', canSend: true },
    });
    expect((await acme.signal('recover')).status).toBe(200);
    const { body } = await acme.send();
    await acme.untilJob(body.eId, 'DELIVERED');
    await acme.untilRecord('is OK again', ({ operationalStatus, failureCount }) => operationalStatus === 'OK' && failureCount === 0);
  });

  test('are not five when a success comes between them, and refusals of a recipient do not count', async () => {
    const { sender, control } = world();
    const acme = await sender();
    const fail = async (times: number, status: number, errorCode: number, end: string): Promise<void> => {
      for (let n = 0; n < times; n += 1) {
        await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'status', status, errorCode, times: 1 });
        const { body } = await acme.send(`r${errorCode}-${n}@example.com`);
        await acme.untilJob(body.eId, end);
      }
    };
    await fail(4, 401, 10, 'FAILED');
    await acme.untilRecord('counts 4', ({ failureCount }) => failureCount === 4);
    const { body } = await acme.send('fine@example.com');
    await acme.untilJob(body.eId, 'DELIVERED');
    await acme.untilRecord('counts none', ({ failureCount }) => failureCount === 0);
    await fail(6, 422, 300, 'FAILED');
    await fail(1, 422, 406, 'SUPPRESSED');
    expect(await acme.record()).toMatchObject({ operationalStatus: 'OK', failureCount: 0 });
    expect((await acme.send('r406-0@example.com')).status).toBe(403);
  });
});

test('an account that Postmark stopped pauses all sending without costing an attempt or a failure, and one call later reopens it', async () => {
  const { sender, control } = world();
  const [acme, other] = [await sender(), await sender()];
  await control.settings({ accountState: 'noCredits' });
  const { body } = await acme.send();
  await until(
    'sending is paused',
    () => acme.explain(),
    ({ firstBlocker }) => firstBlocker === 'providerOpen',
  );
  const kept = await other.send();
  expect(kept.status).toBe(202);
  const calls = async (): Promise<number> => (await control.state()).calls.postmark['POST /email'] ?? 0;
  const before = await calls();
  await control.advance(600);
  // A call a minute or so asks whether it is open again; a queue of two does not become a storm.
  expect((await calls()) - before).toBeLessThanOrEqual(25);
  await control.settings({ accountState: 'active' });
  await control.advance(120);
  await acme.untilJob(body.eId, 'DELIVERED');
  await other.untilJob(kept.body.eId, 'DELIVERED');
  expect(await acme.record()).toMatchObject({ operationalStatus: 'OK', failureCount: 0 });
  const told = (await control.sentry()).filter(({ message }) => message === 'email.send.account_refused');
  expect(told.length).toBe(1);
});
