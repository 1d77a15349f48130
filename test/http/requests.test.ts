/**
 * `npm run bench -- requests`, smaller: generated requests, good, mistaken and hostile, over a socket. Every answer is one that the published contract
 * lists for its route; no 5xx but 503; and no row stands alone that belongs to another.
 */
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agreements } from '../../dev/bench/requests/agreement.ts';
import type { Known } from '../../dev/bench/requests/bodies.ts';
import { type Contract, contractOf } from '../../dev/bench/requests/contract.ts';
import { askable, badHeaders } from '../../dev/bench/requests/generate.ts';
import { play } from '../../dev/bench/requests/play.ts';
import { wireTo } from '../../dev/bench/requests/wire.ts';
import { isWholeSuite } from '../../dev/wholeSuite.ts';
import { sql } from '../../service/store/pool.ts';
import { webhookSignatureOf } from '../../service/work/webhookCredential.ts';
import { ask } from '../loop/support/rows.ts';
import { createTestDatabase } from '../support/database.ts';
import { operatorKey, sendableConfiguration, signingKey, type TestApp, testApp } from './support/testApp.ts';

const database = await createTestDatabase();
let app: TestApp;
let url: string;

beforeAll(async () => {
  app = await testApp(database);
  await app.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.app.server.address() as AddressInfo).port}`;
});
afterAll(() => app.app.close());

const known = async ({ operations }: Contract): Promise<Known> => {
  const configurationEId = await sendableConfiguration(app);
  const { body } = await app.call('POST', '/tenant-key', { tenant: null, body: { tenantId: 'acme', name: 'requests' } });
  const token = await database.pool.one(
    sql.typeAlias('id')`select routing_token as id from configuration where e_id = ${configurationEId}`,
  );
  const server = await database.pool.one(
    sql.typeAlias('count')`select server_id as count from configuration where e_id = ${configurationEId}`,
  );
  const routingToken = app.ctx.keyring.open('', 'routing-token', token.id);
  return {
    operations: askable(operations),
    operatorKey,
    tenantKey: String(body['key']),
    tenant: 'acme',
    configurationEId,
    hook: {
      path: `/v1/shop-access/email/job/postmark-events/${routingToken}`,
      headers: {
        Authorization: `Bearer ${operatorKey}`,
        'X-Postroute-Signature': webhookSignatureOf(signingKey, routingToken, server.count),
      },
    },
    jobs: [],
  };
};

test('whatever is asked is answered as the contract says, and nothing is left half-written', { timeout: 300_000 }, async () => {
  const contract = contractOf((await app.app.inject({ method: 'GET', url: '/openapi.json' })).json());
  const count = isWholeSuite ? 5_000 : 1_500;
  // A new seed each time; a problem names the request.
  const seed = Date.now() % 1e9;
  const { problems, accepted, statuses, requests } = await play(url, contract, await known(contract), { count, seed, connections: 8 });
  expect({ seed, problems }).toEqual({ seed, problems: [] });
  expect(requests).toBe(count);
  for (const [what, statement] of agreements) {
    expect({ what, rows: await ask(database.url, statement) }).toEqual({ what, rows: [{ n: 0 }] });
  }
  const jobs = await database.pool.one(sql.typeAlias('count')`select count(*)::int as count from email_job`);
  expect(jobs.count).toBe(accepted.size);
  // It got through the doors, and not only to their locks.
  for (const status of ['200', '201', '202', '400', '401', '403', '404', '409']) expect(statuses[status], status).toBeGreaterThan(0);
});

test('a header that HTTP does not allow, or does not know, is answered on every route as its contract says', async () => {
  const contract = contractOf((await app.app.inject({ method: 'GET', url: '/openapi.json' })).json());
  const faults: string[] = [];
  for (const { method, path } of contract.operations)
    for (const header of badHeaders) {
      const wire = wireTo(url);
      const asked = { method, target: path.replaceAll(/\{\w+\}/g, 'x'), headers: [header], body: null };
      const answer = await wire.ask(asked);
      wire.close();
      const fault = answer === null ? 'closed without an answer' : contract.faultOf(`${method} ${path}`, answer);
      if (fault !== null) faults.push(`${method} ${path}, ${header[0]}: ${header[1].slice(0, 20)}: ${fault}`);
    }
  expect(faults).toEqual([]);
});
