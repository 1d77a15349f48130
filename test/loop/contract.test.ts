/** What the contract says of messages, keys and reads, with everything behind it real. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { operatorClient } from '../support/apiClient.ts';
import { type JobRecord, uniqueName } from './support/actor.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'trace', EMAIL_POSTMARK_TIMEOUT_SECONDS: '10' });

describe('Prefer: wait', () => {
  test('answers 200 once the message is sent', async () => {
    const acme = await world().sender();
    const { status, body, headers } = await acme.send('ada@example.com', { headers: { Prefer: 'wait=10' } });
    expect(status).toBe(200);
    expect(['SENT', 'DELIVERED']).toContain(body.status);
    expect(headers.get('preference-applied')).toBe('wait=10');
  });

  test('answers 202 with what is true when the time is over first', async () => {
    const { sender, outside } = world();
    const acme = await sender();
    outside.standStill();
    onTestFinished(outside.goOn);
    const from = performance.now();
    const { status, body } = await acme.send('ada@example.com', { headers: { Prefer: 'wait=1' } });
    expect({ status, state: body.status }).toEqual({ status: 202, state: 'SENDING' });
    expect(performance.now() - from).toBeGreaterThanOrEqual(950);
    outside.goOn();
    await acme.untilJob(body.eId, 'DELIVERED');
  });

  test('answers 200 with a refusal of the provider as soon as it is known', async () => {
    const { sender, control } = world();
    const acme = await sender();
    await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'status', status: 422, errorCode: 300, times: 1 });
    const { status, body } = await acme.send('ada@example.com', { headers: { Prefer: 'wait=10' } });
    expect({ status, state: body.status, code: body.lastError?.code }).toEqual({ status: 200, state: 'FAILED', code: 'postmark_300' });
  });
});

describe('one key', () => {
  test('makes one message, however many ask at once, and a replay is answered with the truth', async () => {
    const { sender, control } = world();
    const acme = await sender();
    const answers = await Promise.all(Array.from({ length: 30 }, () => acme.send('ada@example.com', { key: 'same' })));
    expect(new Set(answers.map(({ body }) => body.eId)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 202 || status === 200)).toBe(true);
    const eId = answers[0]?.body.eId ?? '';
    await acme.untilJob(eId, 'DELIVERED');
    const replay = await acme.send('ada@example.com', { key: 'same' });
    expect(replay).toMatchObject({ status: 200, body: { eId, status: 'DELIVERED' } });
    expect(replay.headers.get('idempotent-replayed')).toBe('true');
    expect(await control.mail({ jobId: eId })).toHaveLength(1);
  });

  test('with another message is a mistake, and says so', async () => {
    const acme = await world().sender();
    await acme.send('ada@example.com', { key: 'same' });
    expect(await acme.send('bob@example.com', { key: 'same' })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  test('is replayed also after a lock or a suppression, and is each tenant’s own', async () => {
    const { sender, api } = world();
    const acme = await sender();
    const first = await acme.send('ada@example.com', { key: 'same' });
    await api.post('/suppression', { recipient: 'ada@example.com' }, { tenant: acme.tenant });
    await acme.signal('lock');
    await acme.untilStatus('LOCKED');
    expect((await acme.send('ada@example.com', { key: 'same' })).body.eId).toBe(first.body.eId);
    const other = await sender();
    expect((await other.send('ada@example.com', { key: 'same' })).body.eId).not.toBe(first.body.eId);
  });
});

test('a batch answers each item by itself, in order, and what was taken is sent', async () => {
  const { sender, api, control } = world();
  const acme = await sender();
  await api.post('/suppression', { recipient: 'gone@example.com' }, { tenant: acme.tenant });
  const item = (idempotencyKey: string, recipient: string, more: object = {}) => ({
    idempotencyKey,
    configurationEId: acme.eId,
    recipient,
    subject: 'Hello',
    textBody: 'Hi',
    ...more,
  });
  const items = [
    item('1', 'ada@example.com'),
    item('2', 'gone@example.com'),
    item('3', 'not an address'),
    item('1', 'ada@example.com'),
    item('1', 'bob@example.com'),
    item('4', 'carol@example.com', { configurationEId: '0199c1a2-0000-7000-8000-000000000000' }),
    item('5', 'dave@example.com', {
      attachments: [{ filename: 'run.exe', contentType: 'application/octet-stream', contentBase64: 'aGk=' }],
    }),
    item('6', 'eve@example.com'),
  ];
  const { status, body } = await api.post('/job/batch', { items }, { tenant: acme.tenant });
  expect(status).toBe(200);
  const { results } = body as { results: { status: number; job?: JobRecord; problem?: { code: string } }[] };
  expect(results.map((result) => [result.status, result.problem?.code])).toEqual([
    [202, undefined],
    [403, 'recipient_suppressed'],
    [400, 'invalid_request'],
    [202, undefined],
    [422, 'idempotency_key_reused'],
    [404, 'not_found'],
    [422, 'attachment_forbidden'],
    [202, undefined],
  ]);
  expect(results[3]?.job?.eId).toBe(results[0]?.job?.eId);
  for (const { job } of results) if (job !== undefined) await acme.untilJob(job.eId, 'DELIVERED');
  expect((await control.mail()).filter(({ From }) => From.includes(acme.sendingDomain))).toHaveLength(2);
});

test('a message reaches Postmark as it was written, from the configuration’s address', async () => {
  const { actor, api, control } = world();
  const tenant = uniqueName();
  const signatureRequest = { fromLocalPart: 'hello', fromName: 'Ädam, "the" Co', replyToEmail: 'support@example.org' };
  const slug = uniqueName();
  const made = await api.post('/configuration', { sendingDomainSlug: slug, signatureRequest, provision: true }, { tenant });
  expect(made.status).toBe(201);
  const { eId } = made.body as { eId: string };
  const record = async () => (await api.get(`/configuration/${eId}`, { tenant })).body as { status: string };
  await until('is LOCKED', record, ({ status }) => status === 'LOCKED');
  await api.post(`/configuration/${eId}/unlock`, {}, { tenant });
  const body = {
    configurationEId: eId,
    recipient: ' Bob@EXÄMPLE.com ',
    subject: 'Grüße 🎉',
    textBody: 'Hi',
    htmlBody: '<p>Hi</p>',
    tag: 'welcome',
    metadata: { order: '7' },
    attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'aGk=' }],
  };
  const headers = { 'Idempotency-Key': 'k', 'X-Request-Id': 'my-request.1', Prefer: 'wait=10' };
  const answer = await api.call('POST', '/job', { tenant, headers, body });
  expect(answer).toMatchObject({ status: 200, body: { recipient: 'bob@xn--exmple-cua.com' } });
  expect(answer.headers.get('x-request-id')).toBe('my-request.1');
  const [mail] = await control.mail({ jobId: (answer.body as JobRecord).eId });
  expect(mail).toMatchObject({ To: 'bob@xn--exmple-cua.com', Subject: 'Grüße 🎉', Metadata: { order: '7', requestId: 'my-request.1' } });
  expect(mail?.From).toContain(`hello@${slug}.dev.ardamails.com`);
  expect(mail?.From).toContain('Ädam');
  await actor();
});

test('a job can be taken back while it waits, and sent again once it ended', async () => {
  const { sender, api, control } = world();
  const acme = await sender();
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'status', status: 503, errorCode: 100, times: 1 });
  const { body } = await acme.send();
  await until(
    'waits for its next rung',
    () => acme.job(body.eId),
    ({ status, attempts }) => status === 'QUEUED' && attempts === 1,
  );
  expect(await api.post(`/job/${body.eId}/cancel`, {}, { tenant: acme.tenant })).toMatchObject({
    status: 200,
    body: { status: 'CANCELLED' },
  });
  expect((await api.post(`/job/${body.eId}/cancel`, {}, { tenant: acme.tenant })).status).toBe(409);
  await control.advance(10_000);
  expect(await control.mail({ jobId: body.eId })).toEqual([]);
  const again = await api.post(`/job/${body.eId}/resend`, { reason: 'they asked' }, { tenant: acme.tenant });
  expect(again).toMatchObject({ status: 202, body: { resendOf: body.eId } });
  await acme.untilJob((again.body as JobRecord).eId, 'DELIVERED');
  await api.post('/suppression', { recipient: 'ada@example.com' }, { tenant: acme.tenant });
  expect((await api.post(`/job/${body.eId}/resend`, { reason: 'again' }, { tenant: acme.tenant })).status).toBe(403);
});

describe('a tenant key', () => {
  test('acts for its own tenant alone, is shown once, and ends when it is revoked', async () => {
    const { sender, api, ready } = world();
    const [acme, other] = [await sender(), await sender()];
    const made = await api.post('/tenant-key', { tenantId: acme.tenant, name: 'their backend' });
    expect(made.status).toBe(201);
    const { id, key } = made.body as { id: string; key: string };
    expect(JSON.stringify((await api.get('/tenant-key')).body)).not.toContain(key);
    const theirs = operatorClient(ready.service ?? '', key);
    const own = { tenant: acme.tenant };
    expect((await theirs.get(`/configuration/${acme.eId}`, own)).status).toBe(200);
    expect((await theirs.get(`/configuration/${other.eId}`, own)).status).toBe(404);
    expect((await theirs.get(`/configuration/${other.eId}`, { tenant: other.tenant })).status).toBe(403);
    for (const path of ['/material', '/tenant-key']) expect((await theirs.get(path, own)).status).toBe(403);
    const list = (await theirs.get('/configuration', own)).body as { items: { tenantId: string }[] };
    expect(new Set(list.items.map(({ tenantId }) => tenantId))).toEqual(new Set([acme.tenant]));
    expect((await api.call('DELETE', `/tenant-key/${id}`)).status).toBe(204);
    expect((await theirs.get(`/configuration/${acme.eId}`, own)).status).toBe(401);
  });
});

test('any past moment can be read again', async () => {
  const { actor, api, control } = world();
  const acme = await actor();
  await control.advance(60);
  await acme.signal('provision');
  await acme.untilStatus('LOCKED');
  await control.advance(60);
  await acme.signal('unlock');
  const history = (await acme.history()).toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const at = async (moment: string) => api.get(`/configuration/${acme.eId}?asOf=${encodeURIComponent(moment)}`, { tenant: acme.tenant });
  const [created] = history;
  expect((await at(created?.at ?? '')).body).toMatchObject({ status: 'PENDING' });
  const unlocked = history.findLast(({ event }) => event === 'unlock')?.at ?? '';
  expect((await at(unlocked)).body).toMatchObject({ status: 'UNLOCKED' });
  expect((await at(new Date(Date.parse(unlocked) - 1).toISOString())).body).toMatchObject({ status: 'LOCKED' });
  expect((await at(new Date(Date.parse(created?.at ?? '') - 1).toISOString())).status).toBe(404);
  const ats = (await acme.history()).map((event) => event.at);
  expect([ats.toSorted(), ats.toSorted().toReversed()]).toContainEqual(ats);
});

test('no answer, log line or report holds a secret', async () => {
  const { sender, api, control, ready, log } = world();
  const acme = await sender();
  const { servers } = await acme.holdings();
  const secrets = [
    ready.apiKey,
    ...servers.flatMap(({ ApiTokens }) => ApiTokens),
    ...servers.flatMap(({ webhooks }) =>
      webhooks.flatMap(({ Url, HttpHeaders }) => [Url.split('/').at(-1) ?? '', ...HttpHeaders.map(({ Value }) => Value)]),
    ),
  ];
  expect(secrets.every((secret) => secret.length > 10)).toBe(true);
  const { body } = await acme.send();
  await acme.untilJob(body.eId, 'DELIVERED');
  const pages = [
    await acme.record(),
    await acme.history(),
    await acme.timeline(body.eId),
    (await api.get('/material')).body,
    (await api.outside('/openapi.json')).body,
    (await api.outside('/docs')).body,
    await (await fetch(`${ready.metrics}/metrics`)).text(),
    await control.sentry(),
    log(),
  ].map((page) => (typeof page === 'string' ? page : JSON.stringify(page)));
  for (const secret of secrets) expect(pages.filter((page) => page.includes(secret))).toEqual([]);
});
