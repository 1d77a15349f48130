/** Callbacks: who is believed, what is kept, and that neither order nor repetition changes what comes of them. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { Actor } from './support/actor.ts';
import { ask } from './support/rows.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal' });

afterEach(async () => {
  await world().control.clearFaults();
  await world().control.settings({ autoDeliver: true });
});

type Hook = { url: string; headers: Record<string, string> };

/** The webhook as it was installed, with the secrets that Postmark would present. */
async function hookOf(acme: Actor): Promise<Hook> {
  const [webhook] = (await acme.holdings()).servers.flatMap(({ webhooks }) => webhooks);
  if (webhook === undefined) throw new Error('no webhook is installed');
  const headers = Object.fromEntries(webhook.HttpHeaders.map(({ Name, Value }) => [Name.toLowerCase(), Value]));
  return { url: webhook.Url, headers: { 'content-type': 'application/json', ...headers } };
}

const call = async ({ url, headers }: Hook, body: unknown, changes: Record<string, string | null> = {}) => {
  const sent = Object.entries({ ...headers, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null);
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', headers: Object.fromEntries(sent), body: text });
  return { status: response.status, body: await response.text() };
};

/** A message that is SENT, of which Postmark has not reported anything; of `by`, or of a tenant of its own. */
async function sent(recipient = 'ada@example.com', by?: Actor) {
  const { sender, control } = world();
  await control.settings({ autoDeliver: false });
  const acme = by ?? (await sender());
  const key = randomUUID();
  const { body } = await acme.send(recipient, { key });
  const job = await acme.untilJob(body.eId, 'SENT');
  const messageId = job.postmarkMessageId ?? '';
  const minute = (n: number): string => new Date(Date.parse(job.acceptedAt) + n * 60_000).toISOString();
  const common = { MessageID: messageId, Metadata: { jobId: job.eId }, ServerID: 1, MessageStream: 'outbound', Tag: '' };
  const reports = {
    delivery: (n: number) => ({ RecordType: 'Delivery', Recipient: recipient, DeliveredAt: minute(n), Details: 'ok', ...common }),
    bounce: (n: number, Type = 'HardBounce') => ({
      RecordType: 'Bounce',
      ID: n + 1,
      Type,
      TypeCode: 1,
      Email: recipient,
      BouncedAt: minute(n),
      ...common,
    }),
    complaint: (n: number) => ({
      RecordType: 'SpamComplaint',
      ID: n + 1,
      Type: 'SpamComplaint',
      Email: recipient,
      BouncedAt: minute(n),
      ...common,
    }),
    open: (n: number) => ({ RecordType: 'Open', Recipient: recipient, ReceivedAt: minute(n), FirstOpen: true, ...common }),
    click: (n: number) => ({
      RecordType: 'Click',
      Recipient: recipient,
      ReceivedAt: minute(n),
      OriginalLink: 'https://example.com/',
      ...common,
    }),
    subscription: (n: number, SuppressSending: boolean, SuppressionReason: string | null = 'ManualSuppression') => ({
      RecordType: 'SubscriptionChange',
      Recipient: recipient,
      ChangedAt: minute(n),
      Origin: 'Recipient',
      SuppressSending,
      SuppressionReason,
      ...common,
    }),
  };
  return { acme, key, eId: job.eId, recipient, hook: await hookOf(acme), reports };
}

const rejected = async (reason: string): Promise<number> => {
  const page = await (await fetch(`${world().ready.metrics}/metrics`)).text();
  return Number(new RegExp(`^email_webhook_rejected_total\\{[^}]*reason="${reason}"[^}]*\\} (\\d+)`, 'm').exec(page)?.[1] ?? 0);
};

const malformedOf = (acme: Actor) =>
  ask<{ id: string; failure_code: string }>(
    world().ready.databaseUrl,
    'select id, failure_code from malformed_event where configuration_e_id = $1',
    [acme.eId],
  );

describe('who is believed', () => {
  let shared: Promise<Actor> | null = null;

  test.each<[string, number, string | null, Record<string, string | null>]>([
    ['no bearer', 401, 'auth_mismatch', { authorization: null }],
    ['another scheme than bearer', 401, 'auth_mismatch', { authorization: 'Basic YTpi' }],
    ['no signature', 401, 'auth_mismatch', { 'x-postroute-signature': null }],
    ['a wrong signature', 401, 'auth_mismatch', { 'x-postroute-signature': `v1=${'0'.repeat(64)}` }],
    ['a signature that is none', 401, 'auth_mismatch', { 'x-postroute-signature': 'x' }],
    ['a bearer that is neither current nor previous', 503, 'auth_mismatch', { authorization: 'Bearer of-last-year' }],
    ['all three secrets', 200, null, {}],
  ])('%s is answered %i', async (_what, status, reason, changes) => {
    shared ??= world().sender();
    const { acme, eId, hook, reports } = await sent('ada@example.com', await shared);
    const before = reason === null ? 0 : await rejected(reason);
    const answer = await call(hook, reports.delivery(1), changes);
    expect(answer.status).toBe(status);
    if (status === 200) {
      expect(JSON.parse(answer.body)).toEqual({});
      await acme.untilJob(eId, 'DELIVERED');
    } else {
      expect((await acme.timeline(eId)).filter(({ kind }) => kind !== 'accepted' && kind !== 'attempt')).toEqual([]);
      expect(await rejected(reason ?? '')).toBe(before + 1);
    }
  });

  test('an unknown routing token is 404, whatever else is presented', async () => {
    const { hook, reports } = await sent();
    const before = await rejected('unknown_route');
    expect((await call({ ...hook, url: `${hook.url}x` }, reports.delivery(1))).status).toBe(404);
    expect(await rejected('unknown_route')).toBe(before + 1);
  });

  test("one tenant's secrets open no other tenant's door", async () => {
    const [one, other] = [await sent(), await sent()];
    expect((await call({ ...one.hook, url: other.hook.url }, one.reports.delivery(1))).status).toBe(401);
    // The right door, and a report that names another tenant's message: kept, and nothing comes of it.
    expect((await call(one.hook, other.reports.bounce(1))).status).toBe(200);
    expect((await call(one.hook, one.reports.delivery(1))).status).toBe(200);
    await one.acme.untilJob(one.eId, 'DELIVERED');
    expect((await other.acme.job(other.eId)).status).toBe('SENT');
  });

  test('the webhook of a removed configuration has no door any more', async () => {
    const { acme, hook, reports } = await sent();
    await acme.signal('force-lock');
    await acme.untilStatus('LOCKED');
    await acme.signal('remove');
    await acme.untilStatus('REMOVED');
    expect((await call(hook, reports.delivery(1))).status).toBe(404);
  });
});

describe('what cannot be read is answered 200 and kept:', () => {
  let shared: ReturnType<typeof sent> | null = null;
  const theirs = () => {
    shared ??= sent();
    return shared;
  };

  test.each<[string, string, string | Uint8Array]>([
    ['no JSON', 'not_json', 'hello'],
    ['nothing', 'not_json', ''],
    ['half a JSON', 'not_json', '{"RecordType":'],
    ['no object', 'not_an_object', '[1]'],
    ['no RecordType', 'unknown_record_type', '{}'],
    ['an unknown RecordType', 'unknown_record_type', '{"RecordType":"Inbound"}'],
    ['a missing time', 'missing_field', '{"RecordType":"Delivery","Recipient":"a@example.com"}'],
    ['a missing recipient', 'missing_field', '{"RecordType":"Delivery","DeliveredAt":"2026-01-01T00:00:00Z"}'],
    ['a missing message', 'missing_field', '{"RecordType":"Delivery","Recipient":"a@example.com","DeliveredAt":"2026-01-01T00:00:00Z"}'],
    [
      'a NUL',
      'unstorable',
      '{"RecordType":"Delivery","MessageID":"m","Recipient":"a@example.com","DeliveredAt":"2026-01-01T00:00:00Z","Details":"\\u0000"}',
    ],
    ['bytes that are no text', 'not_json', new Uint8Array([0xff, 0xfe, 0x00, 0x80])],
  ])('%s', async (_what, code, body) => {
    const { acme, hook } = await theirs();
    const before = await malformedOf(acme);
    expect((await call(hook, body)).status).toBe(200);
    // Two may have come in the same millisecond: what is new is known by its id, not by its place.
    const known = new Set(before.map(({ id }) => id));
    const added = (await malformedOf(acme)).filter(({ id }) => !known.has(id));
    expect(added.map(({ failure_code }) => failure_code)).toEqual([code]);
  });

  test('also of another media type, or far too long', async () => {
    const { acme, hook } = await theirs();
    const before = await malformedOf(acme);
    expect((await call(hook, 'plain words', { 'content-type': 'text/plain' })).status).toBe(200);
    expect((await call(hook, `"${'x'.repeat(3_000_000)}"`)).status).toBe(200);
    expect(await malformedOf(acme)).toHaveLength(before.length + 2);
  });
});

describe('a repeat', () => {
  test('with the same trace id is answered 200 and counts once', async () => {
    const { acme, eId, hook, reports } = await sent();
    const trace = { 'x-pm-webhook-trace-id': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 8 }, () => call(hook, reports.delivery(1), trace)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await acme.untilJob(eId, 'DELIVERED');
    expect((await acme.timeline(eId)).filter(({ detail }) => JSON.stringify(detail).includes('Delivery'))).toHaveLength(1);
  });

  test('without a trace id is known by type, message, recipient and time', async () => {
    const { acme, eId, hook, reports } = await sent();
    for (let n = 0; n < 3; n += 1) expect((await call(hook, reports.open(1))).status).toBe(200);
    expect((await call(hook, reports.open(2))).status).toBe(200);
    expect((await acme.timeline(eId)).filter(({ detail }) => JSON.stringify(detail).includes('Open'))).toHaveLength(2);
  });

  test.each(['duplicate', 'reorder', 'timeout-after'] as const)('by Postmark itself (%s) ends as it should', async (kind) => {
    const { acme, eId } = await sent();
    const { control } = world();
    await control.fault({ service: 'webhook', kind, times: 1 });
    const messageId = (await acme.job(eId)).postmarkMessageId ?? '';
    await control.event({ messageId, type: 'Delivery' });
    await control.event({ messageId, type: 'Bounce', bounceType: 'HardBounce' });
    await control.clearFaults();
    await control.advance(600);
    await acme.untilJob(eId, 'BOUNCED');
  });
});

describe('what comes of a report:', () => {
  type Reports = Awaited<ReturnType<typeof sent>>['reports'];
  test.each<[string, string, (r: Reports) => object[]]>([
    ['a delivery', 'DELIVERED', (r) => [r.delivery(1)]],
    ['a hard bounce after a delivery', 'BOUNCED', (r) => [r.delivery(1), r.bounce(2)]],
    ['a complaint after a delivery', 'COMPLAINED', (r) => [r.delivery(1), r.complaint(2), r.open(1)]],
    ['a soft bounce and a delivery', 'DELIVERED', (r) => [r.bounce(1, 'SoftBounce'), r.delivery(2)]],
    ['a delivery after a hard bounce', 'INCONSISTENT', (r) => [r.bounce(1), r.delivery(2)]],
    ['a delivery after a complaint', 'INCONSISTENT', (r) => [r.complaint(1), r.delivery(2)]],
  ])('%s is %s, told backwards and twice', async (_what, status, reportsOf) => {
    const { acme, eId, hook, reports } = await sent();
    const told = reportsOf(reports).toReversed();
    for (const report of [...told, ...told]) expect((await call(hook, report)).status).toBe(200);
    await acme.untilJob(eId, status);
  });

  test('opens and clicks are kept with the job, and change nothing', async () => {
    const { acme, eId, hook, reports } = await sent();
    for (const report of [reports.open(1), reports.click(2), reports.bounce(3, 'Transient')]) await call(hook, report);
    await until(
      'all is in the timeline',
      () => acme.timeline(eId),
      (seen) => seen.length >= 5,
    );
    expect((await acme.job(eId)).status).toBe('SENT');
    expect((await acme.send(undefined, { key: 'next' })).status).toBe(202);
  });

  test.each<[string, string, (r: Reports) => object]>([
    ['a hard bounce', 'HardBounce', (r) => r.bounce(1)],
    ['a complaint', 'SpamComplaint', (r) => r.complaint(1)],
    ['an unsubscription', 'SubscriptionChange', (r) => r.subscription(1, true)],
  ])('%s keeps mail from that recipient, in any spelling, and of this tenant alone', async (_what, reason, reportOf) => {
    const { acme, hook, reports } = await sent('Ada@Example.com');
    const { api, sender } = world();
    await call(hook, reportOf(reports));
    const entries = async () =>
      (await api.get('/suppression?active=true', { tenant: acme.tenant })).body as {
        items: { reason: string; recipient: string; origin: string }[];
      };
    const { items } = await until('the entry is there', entries, (seen) => seen.items.length > 0);
    expect(items).toMatchObject([{ recipient: 'ada@example.com', reason, origin: 'webhook' }]);
    expect(await acme.send(' ADA@example.COM ')).toMatchObject({ status: 403, body: { code: 'recipient_suppressed' } });
    expect((await (await sender()).send('ada@example.com')).status).toBe(202);
    const release = { recipient: 'ada@example.com', reason: 'asked for it' };
    const released = await api.post('/suppression/release', release, { tenant: acme.tenant });
    if (reason === 'SpamComplaint') {
      expect(released).toMatchObject({ status: 409, body: { code: 'complaint_needs_force' } });
      expect((await api.post('/suppression/release', { ...release, force: true }, { tenant: acme.tenant })).status).toBe(200);
    } else expect(released.status).toBe(200);
    expect((await acme.send('ada@example.com')).status).toBe(202);
  });

  test('a resubscription releases what a webhook entered, and not what an operator did', async () => {
    const { acme, key, hook, reports, recipient } = await sent();
    const { api } = world();
    await call(hook, reports.subscription(1, true));
    await until(
      'mail is refused',
      () => acme.send(recipient),
      ({ status }) => status === 403,
    );
    await call(hook, reports.subscription(2, false, null));
    await until(
      'mail is taken',
      () => acme.send(recipient),
      ({ status }) => status === 202,
    );
    expect((await api.post('/suppression', { recipient }, { tenant: acme.tenant })).status).toBe(201);
    await call(hook, reports.subscription(3, false, null));
    await call(hook, reports.delivery(4));
    await until(
      'the reports were acted on',
      () => acme.send(recipient, { key }),
      ({ body }) => body.status === 'DELIVERED',
    );
    expect((await acme.send(recipient)).status).toBe(403);
  });

  test('contradiction waits for an operator: the key is answered 412 until then', async () => {
    const { acme, key, eId, hook, reports } = await sent();
    const { api } = world();
    await call(hook, reports.bounce(1));
    await call(hook, reports.delivery(2));
    await acme.untilJob(eId, 'INCONSISTENT');
    expect(await acme.send('ada@example.com', { key })).toMatchObject({ status: 412, body: { code: 'job_inconsistent' } });
    const triage = { resolution: 'delivered', reason: 'they wrote back' };
    expect(await api.post(`/job/${eId}/triage`, triage, { tenant: acme.tenant })).toMatchObject({
      status: 200,
      body: { status: 'DELIVERED' },
    });
    const replay = await acme.send('ada@example.com', { key });
    expect(replay).toMatchObject({ status: 200, body: { eId, status: 'DELIVERED' } });
    await call(hook, reports.bounce(3));
    expect((await api.post(`/job/${eId}/triage`, triage, { tenant: acme.tenant })).status).toBe(409);
    expect((await acme.job(eId)).status).toBe('DELIVERED');
  });
});
