/** Time that is stepped over: the ladder, look-ups of unknown outcomes, and Postmark's own repeats, each done when the advance is answered. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Fault } from './support/control.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_POSTMARK_TIMEOUT_SECONDS: '1' });

afterEach(async () => {
  await world().control.clearFaults();
});

/** 10 + 60 + 300 + 1800 + 7200 s, each up to 20 % longer. */
const wholeLadderSeconds = 9370 * 1.2 + 60;

const sendsTo = async (): Promise<number> => (await world().control.state()).calls.postmark['POST /email'] ?? 0;

test('Postmark out of service for ever: one advance over the whole ladder ends in DEAD_LETTER after six attempts', async () => {
  const { sender, control } = world();
  const acme = await sender();
  const before = await sendsTo();
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'status', status: 503, errorCode: 100 });
  const { body } = await acme.send();
  await until(
    'the first attempt has been made',
    () => acme.job(body.eId),
    (job) => job.status === 'QUEUED' && job.attempts === 1,
  );
  await control.advance(wholeLadderSeconds);
  // No look again and again: what fell due was done when the advance was answered.
  expect(await acme.job(body.eId)).toMatchObject({
    status: 'DEAD_LETTER',
    attempts: 6,
    nextAttemptAt: null,
    lastError: { code: 'postmark_100' },
  });
  expect((await sendsTo()) - before).toBe(6);
  expect((await acme.timeline(body.eId)).filter(({ kind }) => kind === 'attempt')).toHaveLength(6);
  expect(await control.mail({ jobId: body.eId })).toEqual([]);
});

test('each rung comes when it is due, give or take a fifth, and not before', async () => {
  const { sender, control } = world();
  const acme = await sender();
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'status', status: 503, errorCode: 100 });
  const { body } = await acme.send();
  for (const [index, rungSeconds] of [10, 60, 300, 1800, 7200].entries()) {
    const job = await until(
      `attempt ${index + 1} is settled`,
      () => acme.job(body.eId),
      (seen) => seen.attempts === index + 1 && seen.status === 'QUEUED',
    );
    const waitSeconds = (Date.parse(job.nextAttemptAt ?? '') - Date.parse(job.acceptedAt)) / 1000;
    expect(waitSeconds).toBeGreaterThan(rungSeconds * 0.8);
    await control.advance(rungSeconds * 0.7);
    expect((await acme.job(body.eId)).attempts).toBe(index + 1);
    await control.advance(rungSeconds * 0.55);
  }
  expect(await acme.job(body.eId)).toMatchObject({ status: 'DEAD_LETTER', attempts: 6 });
});

test('Postmark back in service after two rungs: the message is sent once', async () => {
  const { sender, control } = world();
  const acme = await sender();
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'status', status: 503, errorCode: 100, times: 2 });
  const { body } = await acme.send();
  await until(
    'one attempt',
    () => acme.job(body.eId),
    (job) => job.attempts === 1 && job.status === 'QUEUED',
  );
  await control.advance(100);
  expect(await acme.job(body.eId)).toMatchObject({ status: 'DELIVERED', attempts: 3, lastError: null });
  expect(await control.mail({ jobId: body.eId })).toHaveLength(1);
});

describe('an outcome that nobody learned', () => {
  const held = async (fault: Partial<Fault> & { kind: Fault['kind'] }) => {
    const { sender, control } = world();
    await control.settings({ autoDeliver: false });
    const acme = await sender();
    await control.fault({ service: 'postmark', operation: 'POST /email', times: 1, ...fault });
    const { body } = await acme.send();
    await acme.untilJob(body.eId, 'HELD');
    await control.settings({ autoDeliver: true });
    return { acme, eId: body.eId };
  };

  test.each<[string, Partial<Fault> & { kind: Fault['kind'] }]>([
    ['a time-out', { kind: 'timeout-after' }],
    ['a cut', { kind: 'cut' }],
    ['an answer that comes when nobody waits any more', { kind: 'slow', delayMs: 3000 }],
  ])(
    'of a message that was taken (%s): SENT with that one message, after the grace, and Postmark is not asked to send again',
    async (_how, fault) => {
      const { control } = world();
      const { acme, eId } = await held(fault);
      const sends = await sendsTo();
      await control.advance(30);
      expect((await acme.job(eId)).status).toBe('HELD');
      await control.advance(20);
      const [mail, ...more] = await control.mail({ jobId: eId });
      expect(more).toEqual([]);
      expect(await acme.job(eId)).toMatchObject({ status: 'SENT', attempts: 1, postmarkMessageId: mail?.MessageID });
      await control.advance(wholeLadderSeconds);
      expect(await sendsTo()).toBe(sends);
      expect(await control.mail({ jobId: eId })).toHaveLength(1);
    },
  );

  test.each<[string, Partial<Fault> & { kind: Fault['kind'] }]>([
    ['a time-out', { kind: 'timeout-before' }],
    ['HTTP 500', { kind: 'status', status: 500, errorCode: 101 }],
    ['HTTP 502', { kind: 'status', status: 502 }],
    ['HTTP 504', { kind: 'status', status: 504 }],
  ])('of a message that was not taken (%s): looked up three times, then sent once by the next rung', async (_how, fault) => {
    const { control } = world();
    const { acme, eId } = await held(fault);
    const looks = async (): Promise<number> => (await control.state()).calls.postmark['GET /messages/outbound'] ?? 0;
    const before = await looks();
    await control.advance(45 + 60 + 60 - 10);
    expect((await acme.job(eId)).status).toBe('HELD');
    await control.advance(30);
    expect((await looks()) - before).toBe(3);
    expect(await acme.job(eId)).toMatchObject({ status: 'DELIVERED', attempts: 2 });
    expect(await control.mail({ jobId: eId })).toHaveLength(1);
  });

  test('is looked for again when the search lags behind, and not sent a second time', async () => {
    const { control } = world();
    await control.settings({ searchLagMs: 100_000 });
    const { acme, eId } = await held({ kind: 'timeout-after' });
    await control.advance(60);
    expect((await acme.job(eId)).status).toBe('HELD');
    await control.advance(120);
    expect((await acme.job(eId)).status).toBe('SENT');
    expect(await control.mail({ jobId: eId })).toHaveLength(1);
    await control.settings({ searchLagMs: 0 });
  });

  test('stays unknown while the search cannot be asked, however long, and is resolved when it can', async () => {
    const { control } = world();
    const { acme, eId } = await held({ kind: 'timeout-before' });
    await control.fault({ service: 'postmark', operation: 'GET /messages/outbound', kind: 'status', status: 503, errorCode: 100 });
    await control.advance(600);
    expect((await acme.job(eId)).status).toBe('HELD');
    expect(await control.mail({ jobId: eId })).toEqual([]);
    await control.clearFaults();
    await control.advance(200);
    expect(await acme.job(eId)).toMatchObject({ status: 'DELIVERED', attempts: 2 });
    expect(await control.mail({ jobId: eId })).toHaveLength(1);
  });

  test('is counted by a gauge while it lasts', async () => {
    const { control, ready } = world();
    const { eId, acme } = await held({ kind: 'timeout-after' });
    const gauge = async (): Promise<string> => (await fetch(`${ready.metrics}/metrics`)).text();
    expect(await gauge()).toMatch(/^email_send_held(\{[^}]*\})? 1$/m);
    await control.advance(50);
    expect((await acme.job(eId)).status).toBe('SENT');
    expect(await gauge()).toMatch(/^email_send_held(\{[^}]*\})? 0$/m);
  });
});

test('a webhook that our side could not take comes again, and counts when the advance is answered', async () => {
  const { sender, control } = world();
  const acme = await sender();
  await control.fault({ service: 'webhook', operation: 'Delivery', kind: 'status', status: 503, times: 2 });
  const { body } = await acme.send();
  await acme.untilJob(body.eId, 'SENT');
  // Postmark repeats after 1 and 5 minutes.
  await control.advance(61);
  expect((await acme.job(body.eId)).status).toBe('SENT');
  await control.advance(5 * 60);
  expect((await acme.job(body.eId)).status).toBe('DELIVERED');
});

test('an hour of a hundred messages, half of them faulty, loses none and doubles none', async () => {
  const { sender, control } = world();
  const acme = await sender();
  await control.settings({ webhookTimeoutMs: 2000 });
  for (const kind of ['timeout-after', 'timeout-before', 'cut'] as const)
    for (const operation of ['POST /email', 'POST /email/batch']) await control.fault({ service: 'postmark', operation, kind, times: 2 });
  await control.fault({ service: 'postmark', operation: 'POST /email/batch', kind: 'status', status: 503, errorCode: 100, times: 2 });
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'throttle', times: 2 });
  const jobs = await Promise.all(Array.from({ length: 100 }, (_, n) => acme.send(`reader${n}@example.com`)));
  expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 202));
  const all = async () => Promise.all(jobs.map(({ body }) => acme.job(body.eId)));
  await until('no call is under way', all, (seen) => seen.every(({ status }) => status !== 'SENDING'));
  await control.advance(3600);
  const ends = await until('all are delivered', all, (seen) => seen.every(({ status }) => status === 'DELIVERED'));
  expect(ends).toHaveLength(100);
  const mail = (await control.mail()).filter(({ From }) => From.includes(acme.sendingDomain));
  expect(mail).toHaveLength(100);
  expect(new Set(mail.map(({ Metadata }) => Metadata['jobId'])).size).toBe(100);
});
