import { beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type TestApp, testApp } from './support/testApp.ts';

let database: TestDatabase;
let test: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  test = await testApp(database);
});

const release = (recipient: string, more: Record<string, unknown> = {}) =>
  test.call('POST', '/suppression/release', { body: { recipient, reason: 'they asked', ...more } });

describe('suppressions', () => {
  it('are added once, for the canonical recipient, and stay in the list after their release', async () => {
    const added = await test.call('POST', '/suppression', { body: { recipient: ' Bob@BÜCHER.example ', note: 'by phone' } });
    expect(added.status).toBe(201);
    expect(added.body).toEqual({
      recipient: 'bob@xn--bcher-kva.example',
      reason: 'ManualSuppression',
      origin: 'operator',
      active: true,
      since: '2026-03-01T12:00:00.000Z',
      releasedAt: null,
      sourceJobEId: null,
    });
    expect((await test.call('POST', '/suppression', { body: { recipient: 'bob@bücher.example' } })).status).toBe(200);
    const released = await release('BOB@bücher.example');
    expect(released.body).toMatchObject({ active: false, releasedAt: '2026-03-01T12:00:00.000Z' });
    expect((await release('bob@bücher.example')).status).toBe(404);
    const { body } = await test.call('GET', '/suppression?recipient=bob%40b%C3%BCcher.example');
    expect(body['items']).toEqual([released.body]);
  });

  it('of a tenant key are the tenant’s own', async () => {
    const { body: key } = await test.call('POST', '/tenant-key', { tenant: null, body: { tenantId: 'acme', name: 'k' } });
    const { body } = await test.call('POST', '/suppression', {
      key: String(key['key']),
      tenant: null,
      body: { recipient: 'own@example.com' },
    });
    expect(body['origin']).toBe('tenant');
    expect((await test.call('GET', '/suppression?recipient=own@example.com', { tenant: 'other' })).body['items']).toEqual([]);
  });

  it('for a complaint are released by force only', async () => {
    await test.call('POST', '/suppression', { body: { recipient: 'angry@example.com' } });
    await database.pool.query(
      sql.typeAlias('void')`update suppression_entry set reason = 'SpamComplaint' where recipient = 'angry@example.com'`,
    );
    expect((await release('angry@example.com')).body).toMatchObject({ status: 409, code: 'complaint_needs_force' });
    expect((await release('angry@example.com', { force: true })).status).toBe(200);
  });
});
