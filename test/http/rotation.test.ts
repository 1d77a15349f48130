/** What operators see and start of rotations: fingerprints, counts and reasons, never a secret; and nobody else may. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { fingerprintOf } from '../../service/work/fingerprint.ts';
import { createTestDatabase } from '../support/database.ts';
import { keyVersionId, operatorKey, previousOperatorKey, sendableConfiguration, type TestApp, testApp } from './support/testApp.ts';

let test: TestApp;
let eId: string;

beforeAll(async () => {
  test = await testApp(await createTestDatabase());
  eId = await sendableConfiguration(test);
});

const get = (path: string) => test.call('GET', path, { tenant: null });
const post = (path: string) => test.call('POST', path, { tenant: null, body: {} });

describe('GET /webhook-credential', () => {
  it('counts webhooks that are not known to present the current secrets, and names them', async () => {
    const { status, body, text } = await get('/webhook-credential');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      running: false,
      done: 0,
      total: 1,
      startedAt: null,
      requestedBy: null,
      currentKeyFingerprint: fingerprintOf(operatorKey),
      previousKeyFingerprint: fingerprintOf(previousOperatorKey),
      stale: [{ configurationEId: eId, tenantId: 'acme', code: null }],
      staleProcesses: [],
      accountToken: { state: 'unknown' },
      proof: { complete: false, since: null },
    });
    for (const secret of [operatorKey, previousOperatorKey]) expect(text).not.toContain(secret);
  });

  it('says when a previous operator key was last used, and not that the current one was', async () => {
    await get('/webhook-credential');
    expect((await get('/webhook-credential')).body).toMatchObject({ previousLastSeen: { callbacks: null, calls: null, signatures: null } });
    await test.call('GET', '/material', { tenant: null, key: previousOperatorKey });
    const calls = async () => ((await get('/webhook-credential')).body['previousLastSeen'] as { calls: string | null }).calls;
    await expect.poll(calls).toBe(test.clock.now.toISOString());
  });
});

describe('POST /webhook-credential/rotate', () => {
  it('starts a run in the name of who asked, and a second call joins it', async () => {
    const first = await post('/webhook-credential/rotate');
    expect([first.status, first.body]).toMatchObject([
      202,
      { running: true, requestedBy: 'tester', startedAt: test.clock.now.toISOString() },
    ]);
    test.clock.now = new Date(test.clock.now.getTime() + 60_000);
    const second = await test.call('POST', '/webhook-credential/rotate', { tenant: null, body: {}, author: 'somebody else' });
    expect(second.body).toMatchObject({ running: true, requestedBy: 'tester', startedAt: first.body['startedAt'] });
  });
});

describe('/material/re-encrypt', () => {
  it('tells how many hold another version before anybody started it, and starts it once', async () => {
    expect((await get('/material/re-encrypt')).body).toMatchObject({
      running: false,
      done: 1,
      total: 1,
      currentKeyVersionId: keyVersionId,
      stale: [],
    });
    const started = await post('/material/re-encrypt');
    expect([started.status, started.body['running'], started.body['requestedBy']]).toEqual([202, true, 'tester']);
  });

  it('names a secret that this release cannot read, in GET /material too', async () => {
    const pool = test.ctx.db;
    await pool.query(sql.unsafe`update configuration set server_token = 'z9.k1:x' where e_id = ${eId}`);
    expect((await get('/material/re-encrypt')).body).toMatchObject({ done: 0, stale: [{ configurationEId: eId, keyVersionId: null }] });
    expect((await get('/material')).body).toMatchObject({ unreadable: [{ code: 'unknown_algorithm', rows: 1 }], versions: [{ rows: 1 }] });
    await pool.query(sql.unsafe`update configuration set server_token = 'no envelope' where e_id = ${eId}`);
    expect((await get('/material')).body).toMatchObject({ unreadable: [{ code: 'malformed_envelope', rows: 1 }] });
  });
});

describe('a tenant key', () => {
  it.each([
    ['GET', '/material'],
    ['POST', '/material/refresh'],
    ['GET', '/material/re-encrypt'],
    ['POST', '/material/re-encrypt'],
    ['GET', '/webhook-credential'],
    ['POST', '/webhook-credential/rotate'],
  ] as const)('may not %s %s', async (method, path) => {
    const made = await test.call('POST', '/tenant-key', { tenant: null, body: { tenantId: 'acme', name: 'theirs' } });
    const answer = await test.call(method, path, {
      tenant: null,
      key: String(made.body['key']),
      ...(method === 'POST' ? { body: {} } : {}),
    });
    expect([answer.status, answer.body['code']]).toEqual([403, 'forbidden']);
  });
});
