/**
 * Every published route × a foreign id: whoever asks for another tenant's thing is answered as for a thing that does not exist, byte for byte and header for
 * header but for the date, and the other tenant's rows stay as they are. How long it takes says nothing either: the tenant is part of every statement's key, so both
 * answers come from the same look-up that finds no row. A route without a line in the table fails.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { signals } from '../../service/core/configuration/events.ts';
import { sql } from '../../service/store/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { sendableConfiguration, type TestApp, testApp } from './support/testApp.ts';

/** What may be named in a request. Texts of one kind are of one length, so that no length tells them apart. */
type Named = {
  configuration: string;
  job: string;
  tenantKey: string;
  recipient: string;
  idempotencyKey: string;
  slug: string;
  cursor: string;
};
type Ask = { method: 'GET' | 'POST' | 'DELETE'; path: string; body?: unknown; headers?: Record<string, string> };

const nobodys: Named = {
  configuration: '0199aaaa-0000-7000-8000-00000000ffff',
  job: '0199aaaa-0000-7000-8000-00000000eeee',
  tenantKey: '0199aaaa-0000-4000-8000-00000000dddd',
  recipient: 'nobodys@example.com',
  idempotencyKey: 'nobodys-key',
  slug: 'nobodys-name',
  cursor: '',
};

let database: TestDatabase;
let app: TestApp;
let theirs: Named;
let own: { configuration: string; key: string };
let operations: string[];

const messageTo = (configurationEId: string, recipient: string) => ({ configurationEId, recipient, subject: 'Hello', textBody: 'Hi' });
const keyed = (idempotencyKey: string) => ({ 'idempotency-key': idempotencyKey });
const get = (path: string): Ask => ({ method: 'GET', path });
const post = (path: string, body: unknown = {}): Ask => ({ method: 'POST', path, body });

let fresh = 0;
const freshKey = (): Record<string, string> => {
  fresh += 1;
  return keyed(`fresh-${fresh}`);
};

/** By whom something can be named: a tenant's key and an operator who acts for a tenant, or, where operators alone may call, a tenant's key. */
type Row = { asks: (named: Named) => Ask[]; operatorsOnly?: true } | { namesNothing: string };
const operatorsOnly = (...asks: Ask[]): Row => ({ asks: () => asks, operatorsOnly: true });

const base = '/v1/shop-access/email';
const rows: Record<string, Row> = {
  [`POST ${base}/configuration`]: {
    namesNothing: 'a slug that is in use is refused to everybody, since a partition has each once; what holds it is not told',
  },
  [`GET ${base}/configuration`]: {
    asks: ({ slug, cursor }) => [get(`/configuration?slug=${slug}`), get(`/configuration?cursor=${cursor}`)],
  },
  [`GET ${base}/configuration/{eId}`]: {
    asks: ({ configuration }) => [
      get(`/configuration/${configuration}`),
      get(`/configuration/${configuration}?asOf=2026-03-01T12:00:00.000Z`),
    ],
  },
  [`GET ${base}/configuration/{eId}/history`]: { asks: ({ configuration }) => [get(`/configuration/${configuration}/history`)] },
  [`GET ${base}/configuration/{eId}/explain`]: {
    asks: ({ configuration, recipient }) => [
      get(`/configuration/${configuration}/explain`),
      get(`/configuration/${own.configuration}/explain?recipient=${recipient}`),
    ],
  },
  [`POST ${base}/configuration/{eId}/{signal}`]: {
    asks: ({ configuration }) => signals.map((signal) => post(`/configuration/${configuration}/${signal}`)),
  },
  [`POST ${base}/job`]: {
    asks: ({ configuration, recipient, idempotencyKey }) => [
      { ...post('/job', messageTo(configuration, 'ada@example.com')), headers: freshKey() },
      { ...post('/job', messageTo(configuration, 'ada@example.com')), headers: keyed(idempotencyKey) },
      { ...post('/job', messageTo(own.configuration, recipient)), headers: freshKey() },
      { ...post('/job', messageTo(own.configuration, 'ada@example.com')), headers: keyed(`${idempotencyKey}-taken`) },
    ],
  },
  [`POST ${base}/job/batch`]: {
    asks: ({ configuration, recipient, idempotencyKey }) => [
      post('/job/batch', {
        items: [
          { idempotencyKey: freshKey()['idempotency-key'], ...messageTo(configuration, recipient) },
          { idempotencyKey: freshKey()['idempotency-key'], ...messageTo(own.configuration, recipient) },
          { idempotencyKey: `${idempotencyKey}-batch`, ...messageTo(own.configuration, 'ada@example.com') },
        ],
      }),
    ],
  },
  [`GET ${base}/job`]: {
    asks: ({ configuration, recipient, cursor }) => [
      get(`/job?configurationEId=${configuration}`),
      get(`/job?recipient=${recipient}`),
      get(`/job?cursor=${cursor}`),
    ],
  },
  [`GET ${base}/job/{eId}`]: { asks: ({ job }) => [get(`/job/${job}`)] },
  [`GET ${base}/job/{eId}/timeline`]: { asks: ({ job }) => [get(`/job/${job}/timeline`)] },
  [`POST ${base}/job/{eId}/cancel`]: { asks: ({ job }) => [post(`/job/${job}/cancel`)] },
  [`POST ${base}/job/{eId}/resend`]: { asks: ({ job }) => [post(`/job/${job}/resend`, { reason: 'why' })] },
  [`POST ${base}/job/{eId}/triage`]: { asks: ({ job }) => [post(`/job/${job}/triage`, { resolution: 'delivered', reason: 'why' })] },
  [`POST ${base}/job/postmark-events/{routingToken}`]: {
    namesNothing: 'a routing token is a secret of 256 bits; what each tenant’s own callbacks may touch is in test/loop/webhooks.test.ts',
  },
  [`GET ${base}/suppression`]: {
    asks: ({ recipient, cursor }) => [get(`/suppression?recipient=${recipient}`), get(`/suppression?cursor=${cursor}`)],
  },
  [`POST ${base}/suppression`]: { asks: ({ recipient }) => [post('/suppression', { recipient })] },
  // After POST: what this tenant has just added is its own.
  [`POST ${base}/suppression/release`]: {
    asks: ({ recipient }) => [
      post('/suppression/release', { recipient, reason: 'why' }),
      post('/suppression/release', { recipient, reason: 'why', force: true }),
    ],
  },
  [`GET ${base}/material`]: operatorsOnly(get('/material')),
  [`POST ${base}/material/refresh`]: operatorsOnly(post('/material/refresh')),
  [`POST ${base}/material/re-encrypt`]: operatorsOnly(post('/material/re-encrypt')),
  [`GET ${base}/material/re-encrypt`]: operatorsOnly(get('/material/re-encrypt')),
  [`GET ${base}/drift`]: operatorsOnly(get('/drift')),
  [`GET ${base}/drift/finding`]: operatorsOnly(get('/drift/finding')),
  [`GET ${base}/drift/plan`]: operatorsOnly(get('/drift/plan')),
  [`POST ${base}/drift/plan/{id}/apply`]: {
    asks: ({ tenantKey }) => [post(`/drift/plan/${tenantKey}/apply`)],
    operatorsOnly: true,
  },
  [`POST ${base}/drift/run`]: operatorsOnly(post('/drift/run')),
  [`POST ${base}/webhook-credential/rotate`]: operatorsOnly(post('/webhook-credential/rotate')),
  [`GET ${base}/webhook-credential`]: operatorsOnly(get('/webhook-credential')),
  [`POST ${base}/tenant-key`]: operatorsOnly(post('/tenant-key', { tenantId: 'other', name: 'not theirs to make' })),
  [`GET ${base}/tenant-key`]: operatorsOnly(get('/tenant-key')),
  [`DELETE ${base}/tenant-key/{id}`]: {
    asks: ({ tenantKey }) => [{ method: 'DELETE', path: `/tenant-key/${tenantKey}` }],
    operatorsOnly: true,
  },
};

const cursorOf = async (path: string, tenant: string): Promise<string> =>
  String((await app.call('GET', path, { tenant })).body['nextCursor'] ?? '');

beforeAll(async () => {
  database = await createTestDatabase();
  app = await testApp(database);
  const made = await app.call('POST', '/tenant-key', { tenant: null, body: { tenantId: 'other', name: 'theirs' } });
  const configuration = await sendableConfiguration(app, 'other');
  const slug = String((await app.call('GET', `/configuration/${configuration}`, { tenant: 'other' })).body['sendingDomainSlug']);
  theirs = {
    configuration,
    job: '',
    tenantKey: String(made.body['id']),
    recipient: 'othersx@example.com',
    idempotencyKey: 'othersx-key',
    slug,
    cursor: '',
  };
  for (const suffix of ['', '-taken', '-batch']) {
    const headers = keyed(`${theirs.idempotencyKey}${suffix}`);
    const sent = await app.call('POST', '/job', { tenant: 'other', headers, body: messageTo(configuration, 'ada@example.com') });
    theirs.job = String(sent.body['eId']);
  }
  // One that has ended, so that it could be sent again.
  await database.pool.query(sql.typeAlias('void')`update email_job set status = 'SENT' where e_id = ${theirs.job}`);
  await app.call('POST', '/suppression', { tenant: 'other', body: { recipient: theirs.recipient } });
  theirs.cursor = await cursorOf('/job?limit=1', 'other');
  expect(theirs.cursor).not.toBe('');
  // Of the same list and length, and of nobody: its check digits say so.
  nobodys.cursor = `${theirs.cursor.slice(0, 30)}${[...theirs.cursor.slice(30)].toReversed().join('')}`;
  const ownKey = await app.call('POST', '/tenant-key', { tenant: null, body: { tenantId: 'acme', name: 'own' } });
  own = { configuration: await sendableConfiguration(app), key: String(ownKey.body['key']) };
  const { paths } = (await app.app.inject({ method: 'GET', url: '/openapi.json' })).json() as { paths: Record<string, object> };
  operations = Object.entries(paths).flatMap(([path, verbs]) => Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`));
});

const tables = [
  'configuration',
  'configuration_event',
  'effect',
  'email_job',
  'email_payload',
  'idempotency_key',
  'suppression_entry',
  'tenant_key',
];

/** Everything of the other tenant. */
const theirRows = async (): Promise<unknown[]> => {
  const of = (table: string) =>
    database.pool.any(sql.unsafe`select to_jsonb(t)::text as row from ${sql.identifier([table])} t where t.tenant_id = 'other' order by 1`);
  const all = await Promise.all(tables.map(of));
  expect(all.every(({ length }) => length > 0)).toBe(true);
  return all;
};

const anyId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** An answer without the ids and names that were asked for, or that were made for it. */
const told = (text: string, named: Named): string =>
  Object.entries(named)
    .filter(([, value]) => value !== '')
    .reduce((left, [kind, value]) => left.replaceAll(value, `<${kind}>`), text)
    .replaceAll(anyId, '<id>');

type Asker = { name: string; key?: string; tenant: string | null };
const askers = (): Asker[] => [
  { name: 'a tenant’s key', key: own.key, tenant: null },
  { name: 'a tenant’s key that names its tenant', key: own.key, tenant: 'acme' },
  { name: 'an operator for another tenant', tenant: 'acme' },
  { name: 'an operator for a tenant of other letters', tenant: 'OTHER' },
];

const answerTo = async ({ key, tenant }: Asker, { method, path, body, headers = {} }: Ask, named: Named) => {
  const call = { tenant, body, headers: { 'x-request-id': 'the-same', ...headers }, ...(key === undefined ? {} : { key }) };
  const answer = await app.call(method, path, call);
  const { date: _, ...answered } = answer.headers;
  return {
    path: told(path, named),
    status: answer.status,
    headers: told(JSON.stringify(answered), named),
    body: told(answer.text, named),
  };
};

test('the table has a line for every published route, and no other', () => {
  expect(Object.keys(rows).toSorted()).toEqual(operations.filter((operation) => operation.includes(base)).toSorted());
});

describe.each(Object.entries(rows).filter(([, row]) => 'asks' in row))('%s', (_operation, row) => {
  test('says of another tenant’s things what it says of nobody’s', async () => {
    if (!('asks' in row)) return;
    const before = await theirRows();
    for (const asker of askers().filter(({ key }) => row.operatorsOnly !== true || key !== undefined)) {
      const [foreign, unknown] = [row.asks(theirs), row.asks(nobodys)];
      for (const [n, ask] of foreign.entries()) {
        const seen = await answerTo(asker, ask, theirs);
        expect({ asker: asker.name, ...seen }).toEqual({ asker: asker.name, ...(await answerTo(asker, unknown[n] ?? ask, nobodys)) });
        if (row.operatorsOnly === true) expect(seen.status).toBe(403);
      }
    }
    expect(await theirRows()).toEqual(before);
  });
});

test('what was asked for would have been found by its owner', async () => {
  const owner = { tenant: 'other' };
  for (const path of [
    `/configuration/${theirs.configuration}`,
    `/job/${theirs.job}`,
    `/job/${theirs.job}/timeline`,
    `/job?cursor=${theirs.cursor}&limit=1`,
  ])
    expect({ path, status: (await app.call('GET', path, owner)).status }).toEqual({ path, status: 200 });
  const body = messageTo(theirs.configuration, theirs.recipient);
  expect((await app.call('POST', '/job', { ...owner, headers: freshKey(), body })).body['code']).toBe('recipient_suppressed');
  const replayed = { ...owner, headers: keyed(theirs.idempotencyKey), body: messageTo(theirs.configuration, 'ada@example.com') };
  expect((await app.call('POST', '/job', replayed)).headers['idempotent-replayed']).toBe('true');
});
