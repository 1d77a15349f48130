/** A tenant that asks too much is told when to come again; nobody else notices. */
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { testApp } from './support/testApp.ts';

const clock = { ms: 0 };
const door = await testApp(await createTestDatabase(), ({ settings }) => ({
  settings: { ...settings, tenantRate: { perSecond: 2, burst: 3 } },
  monotonicMs: () => clock.ms,
}));
const keyOf = async (tenantId: string): Promise<string> =>
  String((await door.call('POST', '/tenant-key', { tenant: null, body: { tenantId, name: 'app' } })).body['key']);

test('429 rate_limited with Retry-After, on every route, for that tenant alone', async () => {
  const [mine, theirs] = [await keyOf('acme'), await keyOf('other')];
  const ask = (key: string, path = '/job') => door.call('GET', path, { key, tenant: null });
  const statuses = [await ask(mine), await ask(mine, '/suppression'), await ask(mine, '/configuration')].map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 200]);
  const refused = await ask(mine);
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', retryAfterSeconds: 1 } });
  expect(refused.headers['retry-after']).toBe('1');
  expect((await ask(theirs)).status).toBe(200);
  for (let n = 0; n < 10; n += 1) expect((await door.call('GET', '/job')).status).toBe(200);
  clock.ms += 500;
  expect([(await ask(mine)).status, (await ask(mine)).status]).toEqual([200, 429]);
});
