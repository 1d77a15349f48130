import { beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Call, sendableConfiguration, type TestApp, testApp } from './support/testApp.ts';

let database: TestDatabase;
let test: TestApp;
let configurationEId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  test = await testApp(database);
  configurationEId = await sendableConfiguration(test);
});

const message = (more: Record<string, unknown> = {}) => ({
  configurationEId,
  recipient: 'ada@example.com',
  subject: 'Hello',
  textBody: 'Hi',
  ...more,
});
const send = (idempotencyKey: string, more: Record<string, unknown> = {}, { headers, ...call }: Call = {}) =>
  test.call('POST', '/job', { ...call, headers: { 'idempotency-key': idempotencyKey, ...headers }, body: message(more) });
const settle = (eId: unknown, status: string) =>
  database.pool.query(sql.typeAlias('void')`
    update email_job set status = ${status}, next_attempt_at = null, sent_at = accepted_at where e_id = ${String(eId)}`);
const countJobs = async () => (await database.pool.one(sql.typeAlias('count')`select count(*) as count from email_job`)).count;

describe('POST /job', () => {
  it('answers 202 with the job on disk, and where it is; bodies are never shown', async () => {
    const { status, headers, body, text } = await send('one', { recipient: ' Ada@EXAMPLE.com ', htmlBody: '<p>secret words</p>' });
    expect(status).toBe(202);
    expect(headers['location']).toBe(`/v1/shop-access/email/job/${body['eId']}`);
    expect(body).toEqual({
      eId: expect.any(String),
      configurationEId,
      recipient: 'ada@example.com',
      subject: 'Hello',
      status: 'QUEUED',
      attempts: 0,
      nextAttemptAt: '2026-03-01T12:00:00.000Z',
      postmarkMessageId: null,
      acceptedAt: '2026-03-01T12:00:00.000Z',
      sentAt: null,
      deliveredAt: null,
      lastError: null,
      resendOf: null,
    });
    expect(text).not.toContain('secret words');
    expect((await test.call('GET', `/job/${body['eId']}`)).body).toEqual(body);
  });

  it('replays the same request with the same key, in whatever order its fields come, and makes no second job', async () => {
    const first = await send('replayed', { metadata: { a: '1', b: '2' } });
    const before = await countJobs();
    const reordered = { metadata: { b: '2', a: '1' }, textBody: 'Hi', subject: 'Hello', recipient: 'ada@example.com', configurationEId };
    const again = await test.call('POST', '/job', { headers: { 'idempotency-key': 'replayed' }, body: reordered });
    expect([again.status, again.headers['idempotent-replayed'], again.body['eId']]).toEqual([202, 'true', first.body['eId']]);
    await settle(first.body['eId'], 'SENT');
    const sent = await send('replayed', { metadata: { a: '1', b: '2' } });
    expect([sent.status, sent.headers['idempotent-replayed'], sent.body['status']]).toEqual([200, 'true', 'SENT']);
    expect(await countJobs()).toBe(before);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
  });

  it.each([
    ['subject', { subject: 'Other' }],
    ['recipient', { recipient: 'bob@example.com' }],
    ['body', { textBody: 'Other' }],
    ['metadata', { metadata: { a: '1' } }],
    ['attachments', { attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'aGk=' }] }],
  ])('refuses a key that was used for another %s', async (field, change) => {
    const key = `reused-${field}`;
    await send(key);
    const { status, body } = await send(key, change);
    expect([status, body['code']]).toEqual([422, 'idempotency_key_reused']);
  });

  it('refuses a replay of a job that waits for triage with 412', async () => {
    const { body } = await send('contradicting');
    await settle(body['eId'], 'INCONSISTENT');
    expect((await send('contradicting')).body).toMatchObject({ status: 412, code: 'job_inconsistent' });
  });

  it.each([
    [undefined, 'missing_idempotency_key'],
    ['', 'missing_idempotency_key'],
    ['two words', 'invalid_request'],
    ['k'.repeat(256), 'invalid_request'],
    ['schlüssel', 'invalid_request'],
  ])('with the key %j it is 400 %s, and the header is named', async (key, code) => {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    const { status, body } = await test.call('POST', '/job', { headers, body: message() });
    expect([status, body['code']]).toEqual([400, code]);
    expect(body['errors']).toEqual([{ pointer: '/headers/idempotency-key', detail: expect.any(String) }]);
  });

  it('keeps keys of two tenants apart', async () => {
    const other = await sendableConfiguration(test, 'other');
    const mine = await send('shared-key');
    const theirs = await send('shared-key', { configurationEId: other }, { tenant: 'other' });
    expect([mine.status, theirs.status]).toEqual([202, 202]);
    expect(theirs.body['eId']).not.toBe(mine.body['eId']);
  });

  it('does not find another tenant’s configuration or job', async () => {
    const { body } = await send('mine');
    expect((await send('theirs', {}, { tenant: 'stranger' })).status).toBe(404);
    expect((await test.call('GET', `/job/${body['eId']}`, { tenant: 'stranger' })).status).toBe(404);
    expect((await test.call('GET', `/job/${body['eId']}/timeline`, { tenant: 'stranger' })).status).toBe(404);
    expect((await test.call('POST', `/job/${body['eId']}/cancel`, { tenant: 'stranger' })).status).toBe(404);
  });

  it('refuses a suppressed recipient with 403 before it looks at the message', async () => {
    await test.call('POST', '/suppression', { body: { recipient: 'stop@example.com' } });
    const attachments = [{ filename: 'run.exe', contentType: 'application/octet-stream', contentBase64: 'aGk=' }];
    const { status, body } = await send('suppressed', { recipient: 'STOP@example.com', attachments });
    expect([status, body['code']]).toEqual([403, 'recipient_suppressed']);
  });

  it('refuses what the provider would: forbidden attachments 422, large messages 413', async () => {
    const attachment = (filename: string, contentBase64: string) => ({
      attachments: [{ filename, contentType: 'application/octet-stream', contentBase64 }],
    });
    const forbidden = await send('exe', attachment('run.EXE', 'aGk='));
    expect(forbidden.body).toMatchObject({ status: 422, code: 'attachment_forbidden', errors: [{ pointer: '/attachments/0/filename' }] });
    const largeBody = await send('large', { textBody: 'x'.repeat(5 * 1024 * 1024 + 1) });
    expect(largeBody.body).toMatchObject({ status: 413, code: 'message_too_large', errors: [{ pointer: '/textBody' }] });
    const largeWhole = await send('larger', attachment('a.bin', 'A'.repeat(10 * 1024 * 1024 + 4)));
    expect(largeWhole.body).toMatchObject({ status: 413, code: 'message_too_large' });
    const tooLarge = await send('largest', attachment('a.bin', 'A'.repeat(17 * 1024 * 1024)));
    expect(tooLarge.body).toMatchObject({ status: 413, code: 'message_too_large' });
  });

  it('says what a configuration that cannot send waits for', async () => {
    const { body: locked } = await test.call('POST', '/configuration', { body: { sendingDomainSlug: 'not-yet' } });
    const { status, body } = await send('too-early', { configurationEId: locked['eId'] });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'not_sendable', waitingOn: { what: 'operator', signal: 'provision' } });
  });
});

describe('Prefer: wait', () => {
  it.each([
    ['wait=1', 'wait=1'],
    ['respond-async, WAIT = 2; foo=bar', 'wait=2'],
    ['wait=100000', 'wait=30'],
  ])('%j is applied as %j, and answers 200 once the job was sent', async (prefer, applied) => {
    const waited: number[] = [];
    const waiting = await testApp(database, (real) => ({
      waitForJob: async (tenantId, eId, timeoutMs) => {
        waited.push(timeoutMs);
        await settle(eId, 'SENT');
        return real.waitForJob(tenantId, eId, 0);
      },
    }));
    const answer = await waiting.call('POST', '/job', {
      headers: { 'idempotency-key': `wait ${prefer}`.replace(/\W/g, ''), prefer },
      body: message(),
    });
    expect([answer.status, answer.headers['preference-applied'], answer.body['status']]).toEqual([200, applied, 'SENT']);
    expect(waited).toEqual([Number(applied.slice(5)) * 1000]);
  });

  it('answers 202 with whatever is true when the time is over', async () => {
    const { status, headers, body } = await send('impatient', {}, { headers: { prefer: 'wait=0' } });
    expect([status, headers['preference-applied'], body['status']]).toEqual([202, 'wait=0', 'QUEUED']);
  });

  it.each(['wait=soon', 'wait', 'wait=-1', 'await=5'])('ignores %j, as RFC 7240 asks', async (prefer) => {
    const { status, headers } = await send(`ignored-${prefer}`, {}, { headers: { prefer } });
    expect([status, headers['preference-applied']]).toEqual([202, undefined]);
  });
});

describe('POST /job/batch', () => {
  it('answers each item by itself and in order', async () => {
    await send('batch-seen');
    await test.call('POST', '/suppression', { body: { recipient: 'no@example.com' } });
    const items = [
      { idempotencyKey: 'batch-1', ...message() },
      { idempotencyKey: 'batch-2', ...message({ recipient: 'no@example.com' }) },
      { idempotencyKey: 'batch-3', ...message({ subject: 'a\nBcc: x@example.com' }) },
      { idempotencyKey: 'batch-seen', ...message() },
      message(),
      'not an object',
      { idempotencyKey: 'batch-4', ...message({ attachments: [{ filename: 'a.exe', contentType: 'a/b', contentBase64: 'aGk=' }] }) },
    ];
    const { status, body } = await test.call('POST', '/job/batch', { body: { items } });
    expect(status).toBe(200);
    expect(body['results']).toMatchObject([
      { status: 202, job: { status: 'QUEUED' } },
      { status: 403, problem: { code: 'recipient_suppressed' } },
      { status: 400, problem: { code: 'invalid_request', errors: [{ pointer: '/items/2/subject' }] } },
      { status: 202, job: { recipient: 'ada@example.com' }, replayed: true },
      { status: 400, problem: { code: 'missing_idempotency_key', errors: [{ pointer: '/items/4/idempotencyKey' }] } },
      { status: 400, problem: { code: 'invalid_request', errors: [{ pointer: '/items/5' }] } },
      { status: 422, problem: { code: 'attachment_forbidden', errors: [{ pointer: '/items/6/attachments/0/filename' }] } },
    ]);
  });

  it('is the same request as POST /job when it says the same', async () => {
    await test.call('POST', '/job/batch', { body: { items: [{ idempotencyKey: 'either-way', ...message() }] } });
    expect((await send('either-way')).headers['idempotent-replayed']).toBe('true');
  });

  it.each([
    ['no items', { items: [] }, '/items'],
    ['too many items', { items: Array.from({ length: 501 }, () => 1) }, '/items'],
    ['an unknown field', { items: [1], more: true }, '/more'],
    ['no list', { items: {} }, '/items'],
  ])('refuses %s as a whole', async (_what, body, pointer) => {
    const answer = await test.call('POST', '/job/batch', { body });
    expect(answer.status).toBe(400);
    expect(answer.body['errors']).toEqual([{ pointer, detail: expect.any(String) }]);
  });
});

describe('what may still be done to a job', () => {
  it('cancels a queued job once, and no other', async () => {
    const { body } = await send('to-cancel');
    const cancelled = await test.call('POST', `/job/${body['eId']}/cancel`);
    expect([cancelled.status, cancelled.body['status']]).toEqual([200, 'CANCELLED']);
    const { body: sent } = await send('sent-already');
    await settle(sent['eId'], 'SENT');
    const refused = await test.call('POST', `/job/${sent['eId']}/cancel`);
    expect([refused.status, refused.body['code']]).toEqual([409, 'signal_not_accepted']);
    expect((await test.call('GET', `/job/${sent['eId']}`)).body['status']).toBe('SENT');
  });

  it('resends as a new job that names the old one, and gates apply', async () => {
    const { body: old } = await send('to-resend', { recipient: 'again@example.com' });
    await settle(old['eId'], 'SENT');
    const resend = () => test.call('POST', `/job/${old['eId']}/resend`, { body: { reason: 'they lost it' } });
    const { status, headers, body } = await resend();
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'QUEUED', resendOf: old['eId'], recipient: 'again@example.com' });
    expect(headers['location']).toBe(`/v1/shop-access/email/job/${body['eId']}`);
    expect((await test.call('GET', `/job/${body['eId']}`)).body['resendOf']).toBe(old['eId']);
    await test.call('POST', '/suppression', { body: { recipient: 'again@example.com' } });
    expect((await resend()).status).toBe(403);
  });

  describe('a resend with Idempotency-Key', () => {
    const resend = (old: unknown, key: string | null, reason = 'they lost it', headers: Record<string, string> = {}) =>
      test.call('POST', `/job/${old}/resend`, {
        body: { reason },
        headers: { ...(key === null ? {} : { 'idempotency-key': key }), ...headers },
      });
    const sent = async (key: string) => {
      const { body } = await send(key);
      await settle(body['eId'], 'SENT');
      return body['eId'];
    };

    it('is made once, and its replay is marked and answered as that of POST /job', async () => {
      const old = await sent('resend-once');
      const first = await resend(old, 'again-1');
      expect([first.status, first.headers['idempotent-replayed']]).toEqual([202, undefined]);
      const before = await countJobs();
      const replayed = await resend(old, 'again-1');
      expect([replayed.status, replayed.headers['idempotent-replayed'], replayed.body]).toEqual([202, 'true', first.body]);
      await settle(first.body['eId'], 'SENT');
      expect(await resend(old, 'again-1')).toMatchObject({
        status: 200,
        headers: { 'idempotent-replayed': 'true' },
        body: { status: 'SENT', resendOf: old },
      });
      await settle(first.body['eId'], 'INCONSISTENT');
      expect((await resend(old, 'again-1')).body).toMatchObject({ status: 412, code: 'job_inconsistent' });
      expect(await countJobs()).toBe(before);
    });

    it('answers its replay also when the body of the first message is no longer kept', async () => {
      const old = await sent('resend-purged');
      const { body } = await resend(old, 'again-purged');
      await database.pool.query(sql.typeAlias('void')`delete from email_payload where job_e_id = ${String(old)}`);
      expect(await resend(old, 'again-purged')).toMatchObject({ status: 202, body });
      expect(await resend(old, 'again-purged', 'another reason')).toMatchObject({ status: 422 });
      expect((await resend(old, 'again-purged-2')).status).toBe(404);
    });

    it('is refused where the key was used for anything else: another reason, another job, a message', async () => {
      const [old, other] = [await sent('resend-conflict'), await sent('resend-conflict-2')];
      expect((await resend(old, 'again-2')).status).toBe(202);
      for (const answer of [
        await resend(old, 'again-2', 'another reason'),
        await resend(other, 'again-2'),
        await resend(old, 'resend-conflict'),
      ])
        expect([answer.status, answer.body['code']]).toEqual([422, 'idempotency_key_reused']);
      expect(await send('again-2')).toMatchObject({ status: 422 });
    });

    it('is refused with a key that is none', async () => {
      const old = await sent('resend-bad-key');
      for (const key of ['', 'two words']) expect((await resend(old, key)).status).toBe(400);
    });

    it('without it each call sends again, whatever its request id', async () => {
      const old = await sent('resend-request-id');
      const session = { 'x-request-id': 'one-for-the-whole-session' };
      const answers = [await resend(old, null, 'x', session), await resend(old, null, 'x', session)];
      expect(answers.map(({ status, headers }) => [status, headers['idempotent-replayed']])).toEqual([
        [202, undefined],
        [202, undefined],
      ]);
      expect(answers[0]?.body['eId']).not.toBe(answers[1]?.body['eId']);
    });
  });

  it('triages only a job whose events contradict each other', async () => {
    const { body } = await send('to-triage');
    const triage = () => test.call('POST', `/job/${body['eId']}/triage`, { body: { resolution: 'delivered', reason: 'asked the person' } });
    expect((await triage()).status).toBe(409);
    await settle(body['eId'], 'INCONSISTENT');
    const { status, body: settled } = await triage();
    expect([status, settled['status']]).toEqual([200, 'DELIVERED']);
  });
});

describe('the timeline', () => {
  it('is one list of acceptance, attempts and provider events by time, also over several pages', async () => {
    const { body } = await send('storied');
    const eId = String(body['eId']);
    const at = (seconds: number) => sql.timestamp(new Date(test.clock.now.getTime() + seconds * 1000));
    await database.pool.query(sql.typeAlias('void')`
      insert into attempt (tenant_id, job_e_id, number, started_at, finished_at, outcome, code, message, batch_size)
      values ('acme', ${eId}, 1, ${at(1)}, ${at(2)}, 'transient', 'http_503', 'down', 1), ('acme', ${eId}, 2, ${at(3)}, null, null, null, null, 1)`);
    await database.pool.query(sql.typeAlias('void')`
      insert into email_event (tenant_id, id, configuration_e_id, job_e_id, record_type, message_id, occurred_at, received_at, payload)
      values ('acme', gen_random_uuid(), ${configurationEId}, ${eId}, 'Delivery', 'm', ${at(4)}, ${at(5)}, '{}'),
        ('acme', gen_random_uuid(), ${configurationEId}, ${eId}, 'Open', 'm', ${at(4)}, ${at(6)}, '{}')`);
    const whole = (await test.call('GET', `/job/${eId}/timeline`)).body['items'];
    expect(whole).toMatchObject([
      { kind: 'accepted', at: '2026-03-01T12:00:00.000Z', detail: { author: 'tester' } },
      { kind: 'attempt', detail: { number: 1, outcome: 'transient', finishedAt: '2026-03-01T12:00:02.000Z' } },
      { kind: 'attempt', detail: { number: 2, outcome: null, finishedAt: null } },
      { kind: 'providerEvent', at: '2026-03-01T12:00:04.000Z' },
      { kind: 'providerEvent', at: '2026-03-01T12:00:04.000Z' },
    ]);
    const paged: unknown[] = [];
    for (let cursor: unknown = ''; cursor !== null; ) {
      const { body: page } = await test.call('GET', `/job/${eId}/timeline?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...(page['items'] as unknown[]));
      cursor = page['nextCursor'];
    }
    expect(paged).toEqual(whole);
  });
});
