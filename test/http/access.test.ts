import { hash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { operatorKey, previousOperatorKey, type TestApp, testApp } from './support/testApp.ts';

let database: TestDatabase;
let test: TestApp;
let tenantKey: string;
let tenantKeyId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  test = await testApp(database);
  const { body } = await test.call('POST', '/tenant-key', { tenant: null, body: { tenantId: 'acme', name: 'billing' } });
  tenantKey = String(body['key']);
  tenantKeyId = String(body['id']);
});

const unknownId = '0199aaaa-0000-7000-8000-00000000ffff';
const guarded: ['GET' | 'POST' | 'DELETE', string][] = [
  ['POST', '/configuration'],
  ['GET', '/configuration'],
  ['GET', `/configuration/${unknownId}`],
  ['GET', `/configuration/${unknownId}/history`],
  ['GET', `/configuration/${unknownId}/explain`],
  ['POST', `/configuration/${unknownId}/lock`],
  ['POST', '/job'],
  ['POST', '/job/batch'],
  ['GET', '/job'],
  ['GET', `/job/${unknownId}`],
  ['GET', `/job/${unknownId}/timeline`],
  ['POST', `/job/${unknownId}/cancel`],
  ['POST', `/job/${unknownId}/resend`],
  ['POST', `/job/${unknownId}/triage`],
  ['GET', '/suppression'],
  ['POST', '/suppression'],
  ['POST', '/suppression/release'],
  ['GET', '/material'],
  ['POST', '/tenant-key'],
  ['GET', '/tenant-key'],
  ['DELETE', `/tenant-key/${unknownId}`],
];

describe('authentication', () => {
  it.each(guarded)('%s %s needs a key, and says which kind', async (method, path) => {
    for (const key of [null, 'wrong', 'pr_wrong', '']) {
      const { status, headers, body } = await test.call(method, path, { key });
      expect([status, body['code'], headers['www-authenticate']]).toEqual([401, 'unauthenticated', 'Bearer realm="postroute"']);
    }
  });

  it.each([`Basic ${operatorKey}`, operatorKey, 'Bearer', `Bearer ${operatorKey} ${operatorKey}`, `Bearer ${'x'.repeat(10_000)}`])(
    'takes no other scheme or form',
    async (authorization) => {
      const answer = await test.call('GET', '/configuration', { key: null, headers: { authorization } });
      expect(answer.status).toBe(401);
    },
  );

  it('takes the operator key, current and previous, and any case of the scheme', async () => {
    for (const authorization of [`Bearer ${operatorKey}`, `bearer ${operatorKey}`, `Bearer ${previousOperatorKey}`]) {
      expect((await test.call('GET', '/configuration', { key: null, headers: { authorization } })).status).toBe(200);
    }
  });

  it('follows a rotation of the operator key without a restart', async () => {
    const keys = ['first'];
    const rotating = await testApp(database, () => ({ operatorKeys: () => keys }));
    expect((await rotating.call('GET', '/configuration', { key: 'second' })).status).toBe(401);
    keys.unshift('second');
    expect((await rotating.call('GET', '/configuration', { key: 'second' })).status).toBe(200);
    keys.pop();
    expect((await rotating.call('GET', '/configuration', { key: 'first' })).status).toBe(401);
  });
});

describe('the tenant', () => {
  it.each(guarded.filter(([, path]) => /^\/(job|suppression)/.test(path)))(
    'must be named by the operator on %s %s',
    async (method, path) => {
      const { status, body } = await test.call(method, path, { tenant: null });
      expect([status, body['code']]).toEqual([400, 'missing_tenant']);
    },
  );

  it('must be named by the operator to create a configuration, and filters its reads', async () => {
    const create = (tenant: string | null, slug: string) =>
      test.call('POST', '/configuration', { tenant, body: { sendingDomainSlug: slug } });
    expect((await create(null, 'nobodys')).body['code']).toBe('missing_tenant');
    const { body: mine } = await create('acme', 'of-acme');
    const { body: theirs } = await create('other', 'of-other');
    const slugsOf = async (tenant: string | null) => {
      const items = (await test.call('GET', '/configuration', { tenant })).body['items'] as { sendingDomainSlug: string }[];
      return items.map(({ sendingDomainSlug }) => sendingDomainSlug).sort();
    };
    expect(await slugsOf(null)).toEqual(['of-acme', 'of-other']);
    expect(await slugsOf('acme')).toEqual(['of-acme']);
    expect((await test.call('GET', `/configuration/${theirs['eId']}`, { tenant: null })).status).toBe(200);
    for (const path of ['', '/history', '/explain']) {
      expect((await test.call('GET', `/configuration/${theirs['eId']}${path}`, { tenant: 'acme' })).status).toBe(404);
      expect((await test.call('GET', `/configuration/${theirs['eId']}${path}`, { key: tenantKey, tenant: null })).status).toBe(404);
      expect((await test.call('GET', `/configuration/${mine['eId']}${path}`, { key: tenantKey, tenant: null })).status).toBe(200);
    }
    expect((await test.call('POST', `/configuration/${theirs['eId']}/provision`, { key: tenantKey, tenant: null })).status).toBe(404);
    expect((await test.call('GET', `/configuration/${theirs['eId']}`, { tenant: null })).body['status']).toBe('PENDING');
    expect((await test.call('POST', `/configuration/${theirs['eId']}/provision`, { tenant: null })).status).toBe(202);
  });

  it.each(['with space', 'x'.repeat(65), 'släsh', 'a/b', 'a,b'])('is refused as %j, naming the header', async (tenant) => {
    const { status, body } = await test.call('GET', '/configuration', { tenant });
    expect([status, body['code']]).toEqual([400, 'invalid_request']);
    expect(body['errors']).toEqual([{ pointer: '/headers/x-tenant-id', detail: expect.any(String) }]);
  });

  it('is implied by a tenant key, and no other may be named', async () => {
    expect((await test.call('GET', '/job', { key: tenantKey, tenant: null })).status).toBe(200);
    expect((await test.call('GET', '/job', { key: tenantKey, tenant: 'acme' })).status).toBe(200);
    const foreign = await test.call('GET', '/job', { key: tenantKey, tenant: 'other' });
    expect([foreign.status, foreign.body['code']]).toEqual([403, 'forbidden']);
  });
});

describe('the author', () => {
  it.each(guarded.filter(([method]) => method !== 'GET'))('must be named by the operator on %s %s', async (method, path) => {
    const { status, body } = await test.call(method, path, { author: null });
    expect([status, body['code']]).toEqual([400, 'missing_author']);
  });

  it.each(['x'.repeat(129), 'a\tb', 'a\u00a0b'])('is refused as %j', async (author) => {
    const { status, body } = await test.call('POST', '/configuration', { author, body: { sendingDomainSlug: 'no-author' } });
    expect([status, body['code']]).toEqual([400, 'invalid_request']);
    expect(body['errors']).toEqual([{ pointer: '/headers/x-author', detail: expect.any(String) }]);
  });

  it('is the tenant key’s name unless its caller names one', async () => {
    const create = (slug: string, author: string | null) =>
      test.call('POST', '/configuration', { key: tenantKey, tenant: null, author, body: { sendingDomainSlug: slug } });
    const authorOf = async (eId: unknown) => {
      const items = (await test.call('GET', `/configuration/${eId}/history`)).body['items'] as { author: string }[];
      return items[0]?.author;
    };
    expect(await authorOf((await create('by-key', null)).body['eId'])).toBe('billing');
    expect(await authorOf((await create('by-name', 'Ada Lovelace')).body['eId'])).toBe('Ada Lovelace');
  });
});

describe('tenant keys', () => {
  it('are shown once, and kept only as a digest', async () => {
    const row = await database.pool.one(sql.typeAlias('id')`select key_hash as id from tenant_key where id = ${tenantKeyId}`);
    expect(tenantKey).toMatch(/^pr_[A-Za-z0-9_-]{43}$/);
    expect(row.id).toBe(hash('sha256', tenantKey, 'hex'));
    const { text, body } = await test.call('GET', '/tenant-key', { tenant: null });
    expect(text).not.toContain(tenantKey);
    expect(text).not.toContain(row.id);
    expect(body['items']).toMatchObject([{ id: tenantKeyId, name: 'billing', tenantId: 'acme', createdBy: 'tester' }]);
  });

  it('do nothing that is for operators', async () => {
    const calls = guarded.filter(([, path]) => /^\/(tenant-key|material)/.test(path));
    for (const [method, path] of calls) {
      const { status, body } = await test.call(method, path, { key: tenantKey, tenant: null });
      expect([status, body['code']]).toEqual([403, 'forbidden']);
    }
  });

  it('say when they were last used, to the hour', async () => {
    const lastUsed = async () => {
      const items = (await test.call('GET', '/tenant-key', { tenant: null })).body['items'] as { lastUsedAt: string }[];
      return items[0]?.lastUsedAt;
    };
    await test.call('GET', '/job', { key: tenantKey, tenant: null });
    const first = test.clock.now.toISOString();
    expect(await lastUsed()).toBe(first);
    test.clock.now = new Date(test.clock.now.getTime() + 59 * 60_000);
    await test.call('GET', '/job', { key: tenantKey, tenant: null });
    expect(await lastUsed()).toBe(first);
    test.clock.now = new Date(test.clock.now.getTime() + 2 * 60_000);
    await test.call('GET', '/job', { key: tenantKey, tenant: null });
    expect(await lastUsed()).toBe(test.clock.now.toISOString());
  });

  it('open nothing from the moment that they are revoked, and are revoked once', async () => {
    const { body } = await test.call('POST', '/tenant-key', { tenant: null, body: { tenantId: 'acme', name: 'short-lived' } });
    const key = String(body['key']);
    expect((await test.call('GET', '/job', { key, tenant: null })).status).toBe(200);
    const revoked = await test.call('DELETE', `/tenant-key/${body['id']}`, { tenant: null });
    expect([revoked.status, revoked.text]).toEqual([204, '']);
    expect((await test.call('GET', '/job', { key, tenant: null })).status).toBe(401);
    expect((await test.call('DELETE', `/tenant-key/${body['id']}`, { tenant: null })).status).toBe(404);
    const ids = ((await test.call('GET', '/tenant-key', { tenant: null })).body['items'] as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual([tenantKeyId]);
  });
});
