/** Every route × every kind of bad input: refused with a pointer to what is wrong, and never a fault of ours. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { sendableConfiguration, type TestApp, testApp } from './support/testApp.ts';

let test: TestApp;
let configurationEId: string;
let jobEId: string;

beforeAll(async () => {
  test = await testApp(await createTestDatabase());
  configurationEId = await sendableConfiguration(test);
  const { body } = await test.call('POST', '/job', { headers: { 'idempotency-key': 'first' }, body: valid.job() });
  jobEId = String(body['eId']);
});

/** Each route with a body, and a body that it takes. */
const valid = {
  job: () => ({
    configurationEId,
    recipient: 'ada@example.com',
    replyToEmail: 'help@example.com',
    subject: 'Hello',
    htmlBody: '<p>Hi</p>',
    textBody: 'Hi',
    tag: 'welcome',
    metadata: { order: '7' },
    attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'aGk=' }],
  }),
  configuration: () => ({
    sendingDomainSlug: 'fresh',
    signatureRequest: { fromLocalPart: 'hello', fromName: 'Acme', replyToEmail: 'help@example.com' },
    provision: true,
  }),
};

type Route = { name: string; path: () => string; body: () => Record<string, unknown>; mayBeEmpty?: true };
const routes: Route[] = [
  { name: 'POST /configuration', path: () => '/configuration', body: valid.configuration },
  {
    name: 'POST /configuration/{eId}/{signal}',
    path: () => `/configuration/${configurationEId}/unlock`,
    body: () => ({ reason: 'why', adopt: false }),
    mayBeEmpty: true,
  },
  { name: 'POST /job', path: () => '/job', body: valid.job },
  { name: 'POST /job/batch', path: () => '/job/batch', body: () => ({ items: [{ idempotencyKey: 'k', ...valid.job() }] }) },
  { name: 'POST /job/{eId}/cancel', path: () => `/job/${jobEId}/cancel`, body: () => ({}), mayBeEmpty: true },
  { name: 'POST /job/{eId}/resend', path: () => `/job/${jobEId}/resend`, body: () => ({ reason: 'why' }) },
  { name: 'POST /job/{eId}/triage', path: () => `/job/${jobEId}/triage`, body: () => ({ resolution: 'delivered', reason: 'why' }) },
  { name: 'POST /suppression', path: () => '/suppression', body: () => ({ recipient: 'x@example.com', note: 'why' }) },
  {
    name: 'POST /suppression/release',
    path: () => '/suppression/release',
    body: () => ({ recipient: 'x@example.com', reason: 'why', force: true }),
  },
  { name: 'POST /tenant-key', path: () => '/tenant-key', body: () => ({ tenantId: 'acme', name: 'why' }) },
];

const post = async (route: Route, payload: string | Buffer | undefined, contentType: string | null = 'application/json') => {
  const { app } = test;
  const headers = {
    authorization: 'Bearer operator-key-of-the-tests',
    'x-tenant-id': 'acme',
    'x-author': 'tester',
    'idempotency-key': 'bad-input',
    ...(contentType === null ? {} : { 'content-type': contentType }),
  };
  const response = await app.inject({
    method: 'POST',
    url: `/v1/shop-access/email${route.path()}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  return {
    status: response.statusCode,
    body: response.json() as { code: string; errors?: { pointer: string; detail: string }[]; requestId: string },
    headers: response.headers,
  };
};

const refusedAt = async (answer: Awaited<ReturnType<typeof post>>, status: number, pointer: string) => {
  expect({ status: answer.status, pointers: answer.body.errors?.map((error) => error.pointer) }).toEqual({
    status,
    pointers: expect.arrayContaining([pointer]),
  });
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.body.requestId).toBe(answer.headers['x-request-id']);
};

describe.each(routes)('$name', (route) => {
  it('refuses a field that it does not know, and names it', async () => {
    await refusedAt(await post(route, JSON.stringify({ ...route.body(), 'odd/na~me': 1 })), 400, '/odd~1na~0me');
  });

  it.each([
    ['an array', '[]'],
    ['a string', '"text"'],
    ['a number', '7'],
    ['a huge number', '1e999'],
    ['true', 'true'],
  ])('refuses %s in place of an object', async (_what, payload) => {
    await refusedAt(await post(route, payload), 400, '');
  });

  it.each([
    ['nothing at all of JSON', 'hello'],
    ['half of an object', '{"a":'],
    ['a poisoned prototype', '{"__proto__":{"admin":true}}'],
    ['a poisoned constructor', '{"constructor":{"prototype":{"admin":true}}}'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['a raw NUL', '{"a":"\0"}'],
    ['depth without end', '['.repeat(30_000)],
  ])('refuses %s', async (_what, payload) => {
    await refusedAt(await post(route, payload), 400, '');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'multipart/form-data; boundary=x', 'nonsense'])(
    'refuses the media type %s',
    async (contentType) => {
      const answer = await post(route, JSON.stringify(route.body()), contentType);
      await refusedAt(answer, 415, '/headers/content-type');
      expect(answer.body.code).toBe('unsupported_media_type');
    },
  );

  it('refuses a body without a media type', async () => {
    await refusedAt(await post(route, JSON.stringify(route.body()), null), 415, '/headers/content-type');
  });

  it('takes or refuses an empty body, as its schema has it', async () => {
    for (const contentType of ['application/json', null]) {
      const answer = await post(route, contentType === null ? undefined : '', contentType);
      if (route.mayBeEmpty === true) expect([200, 202, 409]).toContain(answer.status);
      else await refusedAt(answer, 400, '');
    }
  });

  it('refuses a body beyond its limit with 413', async () => {
    const limit = route.path().startsWith('/job/batch') ? 50 : route.path() === '/job' ? 16 : 1;
    const answer = await post(route, `{"a":"${'x'.repeat(limit * 1024 * 1024)}"}`);
    await refusedAt(answer, 413, '');
    expect(answer.body.code).toBe('message_too_large');
  });
});

/** Each string of each body, with texts that must not pass: what, the text, and whether a body of prose may hold it. */
const badTexts: [string, string, ('prose' | 'anything')?][] = [
  ['NUL', 'a\u0000b'],
  ['a lone high surrogate', 'a\ud800b'],
  ['a lone low surrogate', 'a\udc00b'],
  ['a line break', 'a\r\nBcc: x@example.com', 'prose'],
  ['an escape', 'a\u001b[31m', 'prose'],
  ['DEL', 'a\u007f', 'prose'],
  ['a C1 control', 'a\u0085b', 'prose'],
];
const wrongTypes: unknown[] = [null, 7, 1e308, true, [], { a: 1 }];

const stringPaths = (value: unknown, path: (string | number)[] = []): (string | number)[][] => {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => stringPaths(inner, [...path, Array.isArray(value) ? Number(key) : key]));
};

const withValue = (body: unknown, [first, ...rest]: (string | number)[], value: unknown): unknown => {
  if (first === undefined) return value;
  const copy: Record<string | number, unknown> | unknown[] = Array.isArray(body) ? [...body] : { ...(body as Record<string, unknown>) };
  Reflect.set(copy, first, withValue(Reflect.get(copy, first), rest, value));
  return copy;
};

const isProse = (path: (string | number)[]) => path.at(-1) === 'htmlBody' || path.at(-1) === 'textBody';
const pointerTo = (path: (string | number)[]) => path.map((step) => `/${step}`).join('');

describe.each(routes.filter(({ name }) => name !== 'POST /job/batch'))('each text of $name', (route) => {
  const paths = () => stringPaths(route.body()).filter((path) => path[0] !== 'configurationEId' || configurationEId !== undefined);

  it.each(badTexts)('refuses %s and points at it', async (_what, text, prose) => {
    for (const path of paths().filter((each) => prose === undefined || !isProse(each))) {
      await refusedAt(await post(route, JSON.stringify(withValue(route.body(), path, text))), 400, pointerTo(path));
    }
  });

  it('refuses every other type and points at it', async () => {
    for (const path of paths())
      for (const value of wrongTypes)
        await refusedAt(await post(route, JSON.stringify(withValue(route.body(), path, value))), 400, pointerTo(path));
  });

  it('refuses a text that is too long and points at it', async () => {
    for (const path of paths().filter((each) => !isProse(each) && each.at(-1) !== 'contentBase64')) {
      await refusedAt(await post(route, JSON.stringify(withValue(route.body(), path, 'x'.repeat(5000)))), 400, pointerTo(path));
    }
  });
});

describe('fields with rules of their own', () => {
  const job = (change: Record<string, unknown>) => post(routes[2] as Route, JSON.stringify({ ...valid.job(), ...change }));
  const attachment = (change: Record<string, unknown>) => ({
    attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: 'aGk=', ...change }],
  });
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, 'v']));

  it.each<[string, Record<string, unknown>, string]>([
    ['two recipients', { recipient: 'a@example.com, b@example.com' }, '/recipient'],
    ['a recipient with a name', { recipient: 'Ada <ada@example.com>' }, '/recipient'],
    ['a recipient without a domain', { recipient: 'ada@' }, '/recipient'],
    ['a recipient at an address of the net', { recipient: 'ada@127.0.0.1' }, '/recipient'],
    ['a reply address that is none', { replyToEmail: 'nobody' }, '/replyToEmail'],
    ['an id that is none', { configurationEId: 'acme' }, '/configurationEId'],
    ['an empty subject', { subject: '' }, '/subject'],
    ['no body', { htmlBody: undefined, textBody: undefined }, '/textBody'],
    ['two empty bodies', { htmlBody: '', textBody: '' }, '/textBody'],
    ['too many metadata keys', { metadata: many }, '/metadata'],
    ['a metadata key that is too long', { metadata: { ['k'.repeat(21)]: 'v' } }, `/metadata/${'k'.repeat(21)}`],
    ['a metadata value that is too long', { metadata: { k: 'v'.repeat(81) } }, '/metadata/k'],
    ['a metadata key of ours', { metadata: { JobId: 'v' } }, '/metadata/JobId'],
    ['metadata keys that differ in case alone', { metadata: { a: '1', A: '2' } }, '/metadata/A'],
    ['a metadata key with NUL', { metadata: { 'a\u0000': '1' } }, '/metadata/a\u0000'],
    ['a file name with a path', attachment({ filename: '../../etc/passwd' }), '/attachments/0/filename'],
    ['a file name with a backslash', attachment({ filename: 'c:\\x' }), '/attachments/0/filename'],
    ['a file name of dots', attachment({ filename: '..' }), '/attachments/0/filename'],
    ['a media type that is none', attachment({ contentType: 'text' }), '/attachments/0/contentType'],
    ['base64 without its padding', attachment({ contentBase64: 'aGk' }), '/attachments/0/contentBase64'],
    ['base64 of another alphabet', attachment({ contentBase64: 'a-k_' }), '/attachments/0/contentBase64'],
    ['base64 with a line break', attachment({ contentBase64: 'aGk=\naGk' }), '/attachments/0/contentBase64'],
    ['base64 with padding in its middle', attachment({ contentBase64: 'aG==aGk=' }), '/attachments/0/contentBase64'],
    ['an empty attachment', attachment({ contentBase64: '' }), '/attachments/0/contentBase64'],
    [
      'more attachments than anybody sends',
      { attachments: Array.from({ length: 101 }, () => attachment({}).attachments[0]) },
      '/attachments',
    ],
  ])('refuse %s', async (_what, change, pointer) => {
    await refusedAt(await job(change), 400, pointer);
  });

  it.each<[string, Record<string, unknown>]>([
    ['line breaks and tabs in bodies', { textBody: 'a\r\n\tb\n', htmlBody: '<p>\n</p>' }],
    ['emoji', { subject: '🎉 Grüße 你好', textBody: '👩‍👩‍👧' }],
    ['one body', { htmlBody: undefined }],
    ['a media type with a parameter', attachment({ contentType: 'text/plain; charset=utf-8' })],
    ['ten megabytes less a little', { ...attachment({ contentBase64: 'A'.repeat(10 * 1024 * 1024 - 1024) }) }],
  ])('take %s', async (what, change) => {
    const { status } = await test.call('POST', '/job', {
      headers: { 'idempotency-key': what.replaceAll(' ', '-') },
      body: { ...valid.job(), ...change },
    });
    expect(status).toBe(202);
  });

  it.each(['.a', 'a.', 'a..b', 'a b', 'a@b'])('refuse %j as the local part of a sender', async (fromLocalPart) => {
    const body = { ...valid.configuration(), signatureRequest: { fromLocalPart } };
    await refusedAt(await post(routes[0] as Route, JSON.stringify(body)), 400, '/signatureRequest/fromLocalPart');
  });

  it.each(['Acme', '-acme', 'acme-', 'a_b', 'a.b', '', 'x'.repeat(64), 'acmé'])('refuse %j as a slug', async (sendingDomainSlug) => {
    await refusedAt(
      await post(routes[0] as Route, JSON.stringify({ ...valid.configuration(), sendingDomainSlug })),
      400,
      '/sendingDomainSlug',
    );
  });

  it('names the first twenty faults and no more', async () => {
    const crowd = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`unknown${index}`, 1]));
    const answer = await job(crowd);
    expect([answer.status, answer.body.errors?.length]).toEqual([400, 20]);
  });
});

describe('paths and queries', () => {
  const below = ['/configuration/:id', '/configuration/:id/history', '/configuration/:id/explain', '/job/:id', '/job/:id/timeline'];
  const badIds = [
    '1',
    'not-a-uuid',
    '%00',
    '%F0%9F%8E%89',
    "'%20or%201=1",
    'x'.repeat(500),
    '0199aaaa-0000-7000-8000-00000000000g',
    '%ff',
    '%ED%A0%80',
  ];

  it.each(below)('%s is not found for an id that is none', async (path) => {
    for (const id of [...badIds, '0199aaaa-0000-7000-8000-00000000ffff']) {
      const { status, body, headers } = await test.call('GET', path.replace(':id', id));
      expect([status, body['code']], id).toEqual([404, 'not_found']);
      expect(headers['x-request-id']).toBe(body['requestId']);
    }
  });

  it('signals, job actions and keys are not found for an id that is none', async () => {
    for (const id of badIds) {
      expect((await test.call('POST', `/configuration/${id}/lock`)).status, id).toBe(404);
      expect((await test.call('POST', `/job/${id}/cancel`, { body: {} })).status, id).toBe(404);
      expect((await test.call('DELETE', `/tenant-key/${id}`)).status, id).toBe(404);
    }
  });

  const queries = ['/configuration?', '/job?', '/suppression?', '/tenant-key?'];
  it.each(queries)('GET %s refuses a parameter that it does not know', async (path) => {
    const { status, body } = await test.call('GET', `${path}colour=red`);
    expect([status, body['errors']]).toEqual([400, [{ pointer: '/query/colour', detail: expect.any(String) }]]);
  });

  it.each([
    ['GET', '/job/0199aaaa-0000-7000-8000-00000000ffff'],
    ['GET', '/material'],
    ['GET', '/drift'],
    ['POST', '/suppression'],
  ] as const)('%s %s takes no parameter, and refuses one', async (method, path) => {
    const { status, body } = await test.call(
      method,
      `${path}?colour=red`,
      method === 'POST' ? { body: { recipient: 'a@example.com' } } : {},
    );
    expect([status, body['errors']]).toEqual([400, [{ pointer: '/query/colour', detail: expect.any(String) }]]);
  });

  it.each([
    ['/configuration?slug=', '/query/slug'],
    ['/configuration?slug=a%00', '/query/slug'],
    ['/configuration?slug=a&slug=b', '/query/slug'],
    ['/job?recipient=a%00@example.com', '/query/recipient'],
    ['/job?configurationEId=1', '/query/configurationEId'],
    ['/job?status=%00', '/query/status'],
    ['/suppression?active=1', '/query/active'],
    ['/suppression?recipient=x', '/query/recipient'],
    ['/job?cursor=%00', '/query/cursor'],
  ])('GET %s is refused at %s', async (path, pointer) => {
    const { status, body } = await test.call('GET', path);
    expect([status, body['errors']]).toEqual([400, [{ pointer, detail: expect.any(String) }]]);
  });

  it('explain refuses a recipient that is none', async () => {
    const { status, body } = await test.call('GET', `/configuration/${configurationEId}/explain?recipient=x`);
    expect([status, body['errors']]).toMatchObject([400, [{ pointer: '/query/recipient' }]]);
  });
});
