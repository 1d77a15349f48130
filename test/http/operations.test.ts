import { beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { keyVersionId, sendableConfiguration, type TestApp, testApp } from './support/testApp.ts';

let test: TestApp;

beforeAll(async () => {
  test = await testApp(await createTestDatabase());
});

describe('GET /readyz', () => {
  it('is 200 with every check while the process may be given work', async () => {
    const answer = await test.app.inject({ method: 'GET', url: '/readyz' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ ready: true, failing: [], checks: { database: 'ok', migrations: 'ok', registry: 'ok' } });
  });

  it('names the check that fails', async () => {
    const unready = await testApp({ pool: test.ctx.db }, () => ({
      readiness: async () => ({ ready: false, failing: ['registry'], checks: { database: 'ok', registry: 'failing' } }),
    }));
    const answer = await unready.app.inject({ method: 'GET', url: '/readyz' });
    expect([answer.statusCode, answer.json().failing]).toEqual([503, ['registry']]);
  });
});

describe('GET /material', () => {
  it('counts the rows under each key version, and shows no key', async () => {
    await sendableConfiguration(test);
    const { status, body, text } = await test.call('GET', '/material', { tenant: null });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      current: keyVersionId,
      versions: [{ keyVersionId, kmsKeyArn: 'arn:aws:kms:key', createdAt: '2026-01-01T00:00:00.000Z', loaded: true, rows: 1 }],
    });
    expect(text).not.toMatch(/wrappedKey|a1\.k/);
  });
});

describe('POST /material/refresh', () => {
  it('reads the registry again before it answers what is loaded', async () => {
    const seen: string[] = [];
    const observed = await testApp({ pool: test.ctx.db }, (deps) => ({
      refreshMaterial: async (caller) => {
        seen.push('refreshed');
        return deps.refreshMaterial(caller);
      },
    }));
    const { status, body } = await observed.call('POST', '/material/refresh', { tenant: null, body: {} });
    expect([status, body['current'], seen]).toEqual([200, keyVersionId, ['refreshed']]);
  });

  it('names its author like every other write', async () => {
    const { status, body } = await test.call('POST', '/material/refresh', { tenant: null, author: null, body: {} });
    expect([status, body['code']]).toEqual([400, 'missing_author']);
  });
});
