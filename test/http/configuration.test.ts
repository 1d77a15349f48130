import { beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { provisioned, sendableConfiguration, type TestApp, testApp, verified } from './support/testApp.ts';

let database: TestDatabase;
let test: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  test = await testApp(database);
});

const create = (slug: string, more: Record<string, unknown> = {}, tenant = 'acme') =>
  test.call('POST', '/configuration', { tenant, body: { sendingDomainSlug: slug, ...more } });

describe('POST /configuration', () => {
  it('answers 201 with the record and where it is', async () => {
    const signatureRequest = { fromLocalPart: 'hello', fromName: 'Acme Co', replyToEmail: 'support@acme.example' };
    const { status, headers, body } = await create('first', { signatureRequest });
    expect(status).toBe(201);
    expect(headers['location']).toBe(`/v1/shop-access/email/configuration/${body['eId']}`);
    expect(body).toEqual({
      eId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      tenantId: 'acme',
      sendingDomainSlug: 'first',
      sendingDomain: 'first.dev.example.net',
      from: { email: 'hello@first.dev.example.net', name: 'Acme Co', replyTo: 'support@acme.example' },
      status: 'PENDING',
      operationalStatus: 'PENDING',
      administrativeStatus: 'LOCKED',
      step: null,
      canSend: false,
      waitingOn: { what: 'operator', since: '2026-03-01T12:00:00.000Z', nextLook: null, signal: 'provision', detail: null },
      allowedSignals: ['provision', 'remove'],
      postmark: { serverId: null, serverName: null, domainId: null, webhookId: null },
      dns: [],
      keyVersionId: null,
      verificationStartedAt: null,
      verifiedAt: null,
      failureCount: 0,
      inFlight: 0,
      queued: 0,
      createdAt: '2026-03-01T12:00:00.000Z',
      updatedAt: '2026-03-01T12:00:00.000Z',
      generation: 1,
    });
  });

  it('sends from noreply when nothing else is asked', async () => {
    expect((await create('plain')).body['from']).toEqual({ email: 'noreply@plain.dev.example.net', name: null, replyTo: null });
  });

  it('starts provisioning when asked, and waits for the server', async () => {
    const { body } = await create('at-once', { provision: true });
    expect(body).toMatchObject({ status: 'PROVISIONING', step: 'createServer', waitingOn: { what: 'createServer', detail: null } });
    expect(body['waitingOn']).toMatchObject({ nextLook: '2026-03-01T12:00:00.000Z' });
  });

  it('refuses a slug that another tenant holds, and makes no row', async () => {
    await create('taken');
    const { status, body } = await create('taken', {}, 'other');
    expect([status, body['code']]).toEqual([409, 'slug_in_use']);
    const { body: list } = await test.call('GET', '/configuration?slug=taken', { tenant: null });
    expect(list['items']).toHaveLength(1);
  });
});

describe('the record along its way', () => {
  it('names the flag that is missing, shows the records, and never the token', async () => {
    const { body: created } = await create('on-its-way', { provision: true });
    const eId = String(created['eId']);
    await test.happen({ tenantId: 'acme', eId }, ...provisioned(501), {
      type: 'VerificationChecked',
      dkim: true,
      returnPath: false,
      evidence: 'seen',
    });
    const { body, text } = await test.call('GET', `/configuration/${eId}`);
    expect(body).toMatchObject({
      status: 'AWAITING_VERIFICATION',
      postmark: { serverId: 501, domainId: 99, webhookId: 7 },
      waitingOn: { what: 'returnPathVerified' },
      allowedSignals: ['re-verify', 'remove'],
      dns: [
        { purpose: 'dkim', type: 'TXT', name: 'pm._domainkey.acme.dev.example.net', value: 'k=rsa;p=abc', ttl: 300 },
        { purpose: 'returnPath', type: 'CNAME', name: 'pm-bounces.acme.dev.example.net', value: 'pm.mtasv.net' },
      ],
    });
    expect(text).not.toContain('server-token');
    expect(text).not.toContain('a1.k');
  });

  it('counts what is queued and what is in flight', async () => {
    const eId = await sendableConfiguration(test, 'counting');
    for (const key of ['a', 'b', 'c']) {
      await test.call('POST', '/job', {
        tenant: 'counting',
        headers: { 'idempotency-key': key },
        body: { configurationEId: eId, recipient: 'ada@example.com', subject: 's', textBody: 't' },
      });
    }
    const { rows } = await database.pool.query(
      sql.typeAlias('id')`
        update email_job set status = 'HELD' where tenant_id = 'counting' and e_id = (
          select k.job_e_id from idempotency_key k where k.tenant_id = 'counting' and k.key = 'c') returning e_id as id`,
    );
    expect(rows).toHaveLength(1);
    const { body } = await test.call('GET', `/configuration/${eId}`, { tenant: 'counting' });
    expect(body).toMatchObject({ inFlight: 1, queued: 2, canSend: true, status: 'UNLOCKED', waitingOn: null });
  });
});

describe('reading as of a moment', () => {
  it('answers what was true after every event up to then, and 404 before the first', async () => {
    const began = test.clock.now.getTime();
    const { body: created } = await create('past');
    const eId = String(created['eId']);
    test.clock.now = new Date(began + 60_000);
    await test.call('POST', `/configuration/${eId}/provision`);
    test.clock.now = new Date(began + 120_000);
    await test.happen({ tenantId: 'acme', eId }, ...provisioned(502), verified);
    const asOf = async (offsetMs: number) =>
      test.call('GET', `/configuration/${eId}?asOf=${encodeURIComponent(new Date(began + offsetMs).toISOString())}`);
    expect((await asOf(-1)).status).toBe(404);
    expect((await asOf(0)).body).toMatchObject({ status: 'PENDING', generation: 1, dns: [] });
    expect((await asOf(59_999)).body).toMatchObject({ status: 'PENDING' });
    expect((await asOf(60_000)).body).toMatchObject({ status: 'PROVISIONING', step: 'createServer' });
    expect((await asOf(120_000)).body).toMatchObject({ status: 'LOCKED', operationalStatus: 'OK', postmark: { serverId: 502 } });
    expect((await asOf(999_000_000)).body).toMatchObject({ operationalStatus: 'OK' });
    const elsewhere = await test.call('GET', `/configuration/${eId}?asOf=2026-03-01T13:00:30.000%2B01:00`);
    expect(elsewhere.body).toMatchObject({ status: 'PENDING' });
  });

  it.each(['yesterday', '2026-03-01', '0000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '2026-13-01T00:00:00Z', ''])(
    'refuses %j as a moment',
    async (asOf) => {
      const { body: created } = await create(`as-of-${Math.random().toString(36).slice(2)}`);
      const answer = await test.call('GET', `/configuration/${created['eId']}?asOf=${encodeURIComponent(asOf)}`);
      expect(answer.status).toBe(400);
      expect(answer.body['errors']).toEqual([{ pointer: '/query/asOf', detail: expect.any(String) }]);
    },
  );
});

describe('signals', () => {
  it('answer 202 when they start something, 200 when it is already so, 409 with what would be accepted', async () => {
    const { body: created } = await create('signalled');
    const signal = (name: string, body?: unknown) =>
      test.call('POST', `/configuration/${created['eId']}/${name}`, body === undefined ? {} : { body });
    const started = await signal('provision', { reason: 'new customer' });
    expect([started.status, started.body['status']]).toEqual([202, 'PROVISIONING']);
    expect((await signal('provision')).status).toBe(200);
    const refused = await signal('unlock');
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ code: 'signal_not_accepted', allowedSignals: [], waitingOn: { what: 'createServer' } });
    expect((await signal('lock')).status).toBe(200);
    expect((await signal('open-sesame')).status).toBe(404);
  });

  it('take an empty body, with or without a media type', async () => {
    const { body: created } = await create('no-body');
    const path = `/configuration/${created['eId']}/lock`;
    expect((await test.call('POST', path)).status).toBe(200);
    expect((await test.call('POST', path, { headers: { 'content-type': 'application/json' } })).status).toBe(200);
    expect((await test.call('POST', path, { body: {} })).status).toBe(200);
  });

  it('let one configuration of a tenant send at a time, and say so', async () => {
    const first = await sendableConfiguration(test, 'single');
    const { body: second } = await create('second-of-single', { provision: true }, 'single');
    await test.happen({ tenantId: 'single', eId: String(second['eId']) }, ...provisioned(503), verified);
    const refused = await test.call('POST', `/configuration/${second['eId']}/unlock`, { tenant: 'single' });
    expect([refused.status, refused.body['code']]).toEqual([409, 'tenant_already_sendable']);
    const explained = await test.call('GET', `/configuration/${second['eId']}/explain`, { tenant: 'single' });
    expect(explained.body['fix']).toEqual({ text: expect.stringContaining('lock that one first') });
    expect((await test.call('GET', `/configuration/${first}`, { tenant: 'single' })).body['canSend']).toBe(true);
  });
});

describe('history', () => {
  it('keeps who did what, when, why and in which request, oldest first', async () => {
    const { body: created } = await create('storied');
    const eId = String(created['eId']);
    await test.call('POST', `/configuration/${eId}/provision`, {
      author: 'Zoë',
      headers: { 'x-request-id': 'req-1', 'x-author': Buffer.from('Zoë', 'utf8').toString('latin1') },
      body: { reason: 'they paid' },
    });
    const { body } = await test.call('GET', `/configuration/${eId}/history`);
    const items = body['items'];
    expect(items).toEqual([
      expect.objectContaining({ author: 'tester', from: null, to: 'PENDING' }),
      {
        at: test.clock.now.toISOString(),
        author: 'Zoë',
        event: 'provision',
        from: 'PENDING',
        to: 'PROVISIONING',
        detail: expect.objectContaining({ reason: 'they paid' }),
        requestId: 'req-1',
      },
    ]);
    expect(body['nextCursor']).toBeNull();
  });
});

describe('explain', () => {
  const explain = (eId: string, recipient?: string) =>
    test.call('GET', `/configuration/${eId}/explain${recipient === undefined ? '' : `?recipient=${encodeURIComponent(recipient)}`}`, {
      tenant: 'why',
    });

  it('names the first blocker and the one step that mends it', async () => {
    const { body: created } = await create('why', { provision: false }, 'why');
    const eId = String(created['eId']);
    expect((await explain(eId)).body).toMatchObject({ canSend: false, firstBlocker: 'operational', fix: { signal: 'provision' } });
    await test.call('POST', `/configuration/${eId}/provision`, { tenant: 'why' });
    expect((await explain(eId)).body['fix']).toEqual({ text: expect.stringContaining('createServer') });
    const of = { tenantId: 'why', eId };
    await test.happen(of, ...provisioned(504));
    expect((await explain(eId)).body['fix']).toEqual({ text: expect.stringContaining('pm-bounces.acme.dev.example.net') });
    await test.happen(of, { type: 'VerificationTimedOut', dkim: true, returnPath: false, evidence: 'absent' });
    expect((await explain(eId)).body).toMatchObject({ firstBlocker: 'operational', fix: { signal: 're-verify' } });
    await test.call('POST', `/configuration/${eId}/re-verify`, { tenant: 'why' });
    await test.happen(of, verified);
    expect((await explain(eId)).body).toMatchObject({ firstBlocker: 'administrative', fix: { signal: 'unlock' } });
    await test.call('POST', `/configuration/${eId}/unlock`, { tenant: 'why' });
    const free = (await explain(eId)).body;
    expect(free).toMatchObject({ canSend: true, firstBlocker: null, fix: null });
    expect(free['gates']).toMatchObject([
      { gate: 'operational', passes: true },
      { gate: 'administrative', passes: true },
      { gate: 'keyLoaded', passes: true },
      { gate: 'providerOpen', passes: true },
      { gate: 'recipientAllowed', passes: true },
    ]);
    await test.call('POST', '/suppression', { tenant: 'why', body: { recipient: 'Ada@Example.com' } });
    const blocked = (await explain(eId, 'ADA@example.com')).body;
    expect(blocked).toMatchObject({ canSend: false, firstBlocker: 'recipientAllowed' });
    expect(blocked['fix']).toMatchObject({ command: expect.stringContaining('/suppression/release {"recipient":"ada@example.com"') });
  });
});
