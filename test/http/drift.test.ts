/** The drift routes: for operators alone, and what they answer fits its schema. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { drifter } from '../../service/work/drift/drifter.ts';
import { createTestDatabase } from '../support/database.ts';
import { type TestApp, testApp } from './support/testApp.ts';

let test: TestApp;
beforeAll(async () => {
  test = await testApp(await createTestDatabase());
});

const runs = async (): Promise<number> => {
  const zone = { ...test.ctx.ports.zone, listRecords: async () => ({ records: [], next: null }) };
  const incidents = { report: () => {}, deliver: async () => 'delivered' as const, flush: async () => {} };
  const ctx = { ...test.ctx, ports: { ...test.ctx.ports, zone, incidents } };
  return drifter(ctx, { enabled: [], intervalMinutes: 15, refreshRegistry: async () => {}, frugally: (work) => work() }).pass();
};

describe('drift', () => {
  it('is closed to tenants, and a run needs an author', async () => {
    const made = await test.call('POST', '/tenant-key', { body: { tenantId: 'acme', name: 'theirs' } });
    const key = String(made.body['key']);
    for (const path of ['/drift', '/drift/finding']) expect((await test.call('GET', path, { key })).status).toBe(403);
    expect((await test.call('POST', '/drift/run', { key })).status).toBe(403);
    expect(await test.call('POST', '/drift/run', { author: null })).toMatchObject({ status: 400, body: { code: 'missing_author' } });
  });

  it('says that all is off and nothing has run, and then what the last run saw', async () => {
    const enabled = { postmarkInventory: false, registry: false, dns: false, suppressions: false, webhooks: false };
    expect((await test.call('GET', '/drift')).body).toEqual({ running: false, enabled, lastRun: null });
    const asked = await test.call('POST', '/drift/run', { body: { assertions: ['dns'] } });
    expect(asked).toMatchObject({ status: 202, body: { runId: expect.any(String) } });
    expect((await test.call('GET', '/drift')).body).toMatchObject({ running: true, lastRun: null });
    expect(await runs()).toBe(1);
    expect((await test.call('GET', '/drift')).body).toMatchObject({
      running: false,
      lastRun: { runId: asked.body['runId'], assertions: [{ name: 'dns', outcome: 'completed', findings: 0, skipped: 0 }] },
    });
  });

  it('refuses assertions that there are not, twice the same, and none', async () => {
    for (const assertions of [['weather'], ['dns', 'dns'], []])
      expect(await test.call('POST', '/drift/run', { body: { assertions } })).toMatchObject({
        status: 400,
        body: { code: 'invalid_request' },
      });
  });

  it('lists findings by tag and by whether they are open, newest opening first, page by page', async () => {
    const insert = (subject: string, at: string, resolvedAt: string | null) =>
      test.ctx.db.query(sql.unsafe`
        insert into drift_finding (id, tag, subject, class, tenant_id, context, evidence, first_seen_at, opened_at, last_seen_at, resolved_at,
          opened_run_id, run_id)
        values (gen_random_uuid(), 'email.drift.dns_dkim_mismatch', ${subject}, 'edited', 'acme',
          ${JSON.stringify({ eId: subject, postmarkServerId: 7, keyVersionId: null, recordName: 'pm._domainkey.acme.dev.example.net' })},
          ${JSON.stringify({ observed: ['k=rsa;p=X'], observedTtlSeconds: 300 })}, ${at}, ${at}, ${at}, ${resolvedAt}, gen_random_uuid(), gen_random_uuid())`);
    await insert('one', '2026-03-01T10:00:00Z', null);
    await insert('two', '2026-03-01T11:00:00Z', null);
    await insert('three', '2026-03-01T09:00:00Z', '2026-03-01T09:30:00Z');
    const subjects = async (query: string) => {
      const { status, body } = await test.call('GET', `/drift/finding${query}`);
      expect(status).toBe(200);
      return (body['items'] as { subject: string }[]).map(({ subject }) => subject);
    };
    expect(await subjects('')).toEqual(['two', 'one', 'three']);
    expect(await subjects('?open=true')).toEqual(['two', 'one']);
    expect(await subjects('?open=false')).toEqual(['three']);
    expect(await subjects('?tag=email.drift.registry_missing_key')).toEqual([]);
    const first = await test.call('GET', '/drift/finding?open=true&limit=1');
    expect(first.body['items']).toMatchObject([
      {
        tag: 'email.drift.dns_dkim_mismatch',
        class: 'edited',
        open: true,
        quietUntil: null,
        postmarkServerId: 7,
        evidence: { observed: ['k=rsa;p=X'], observedTtlSeconds: 300 },
        fix: { text: expect.any(String), command: expect.any(String) },
      },
    ]);
    expect(await subjects(`?open=true&limit=1&cursor=${first.body['nextCursor']}`)).toEqual(['one']);
    expect((await test.call('GET', `/drift/finding?cursor=${first.body['nextCursor']}`)).status).toBe(400);
  });

  it('plans nothing where nothing is open but quiet or unknown, and refuses any plan but the present one', async () => {
    await test.ctx.db.query(sql.unsafe`delete from drift_finding`);
    const { status, body } = await test.call('GET', '/drift/plan');
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        planId: expect.stringMatching(/^[0-9a-f]{32}$/),
        tenantsMax: 10,
        tenants: 0,
        corrections: [],
        manual: [],
        left: { findings: 0 },
      },
    });
    expect(await test.call('POST', `/drift/plan/${'0'.repeat(32)}/apply`)).toMatchObject({ status: 409, body: { code: 'plan_outdated' } });
    expect(await test.call('POST', '/drift/plan/latest/apply')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await test.call('POST', `/drift/plan/${body['planId']}/apply`, { author: null })).toMatchObject({ status: 400 });
    expect(await test.call('POST', `/drift/plan/${body['planId']}/apply`)).toMatchObject({ status: 202, body: { corrections: [] } });
    const made = await test.call('POST', '/tenant-key', { body: { tenantId: 'acme', name: 'planner' } });
    expect((await test.call('GET', '/drift/plan', { key: String(made.body['key']) })).status).toBe(403);
  });
});
