/** Every published route against every kind of nonsense, over the wire: 4xx with a problem, nothing half-written, and the service goes on. */
import { connect } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from './support/actor.ts';
import { rowCounts } from './support/rows.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal' });

type Operation = { method: string; path: string; hasBody: boolean; needsBody: boolean };
type OpenApi = { openapi: string; paths: Record<string, Record<string, { requestBody?: { required?: boolean } }>> };

let operations: Operation[];
let acme: Actor;

beforeAll(async () => {
  acme = await world().sender();
  const { body } = await world().api.outside('/openapi.json');
  const { paths } = body as OpenApi;
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      hasBody: requestBody !== undefined,
      needsBody: requestBody?.required === true,
    })),
  );
}, 120_000);

const base = '/v1/shop-access/email';
const noOne = '0199c1a2-0000-7000-8000-000000000000';

/** `{signal}` becomes one that changes nothing here; everything else an id that nobody has. */
const pathOf = ({ path }: Operation): string => path.replace('{signal}', 'provision').replace(/\{[^}]+\}/g, noOne);

async function call(
  operation: Operation,
  body: string | Uint8Array | undefined,
  headers: Record<string, string> = {},
  path = pathOf(operation),
) {
  const { ready } = world();
  const authorization = path.startsWith(base)
    ? { authorization: `Bearer ${ready.apiKey}`, 'x-tenant-id': acme.tenant, 'x-author': 'test' }
    : {};
  const response = await fetch(`${ready.service}${path}`, {
    method: operation.method,
    headers: { 'content-type': 'application/json', 'idempotency-key': 'bad', ...authorization, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    text,
    requestId: response.headers.get('x-request-id'),
  };
}

function expectProblem(what: string, answer: Awaited<ReturnType<typeof call>>): void {
  const { status, type, text, requestId } = answer;
  expect({ what, status, ok: status >= 400 && status < 500 }).toEqual({ what, status, ok: true });
  expect({ what, type }).toEqual({ what, type: expect.stringContaining('application/problem+json') });
  expect({ what, body: JSON.parse(text) }).toMatchObject({
    what,
    body: { status, code: expect.any(String), title: expect.any(String), type: expect.stringMatching(/^\/problems\//), requestId },
  });
}

const unchanged = async (work: () => Promise<void>): Promise<void> => {
  const { databaseUrl } = world().ready;
  const before = await rowCounts(databaseUrl);
  await work();
  expect(await rowCounts(databaseUrl)).toEqual(before);
  expect((await world().api.outside('/readyz')).status).toBe(200);
};

const isCallback = ({ path }: Operation): boolean => path.includes('postmark-events');

test('the reference is OpenAPI 3.1 and names every route of the contract', () => {
  expect(operations.length).toBeGreaterThan(20);
  for (const path of ['/configuration', '/job', '/job/batch', '/suppression', '/tenant-key'])
    expect(operations.some((operation) => operation.path === `${base}${path}` || operation.path === path)).toBe(true);
});

const bodies: [string, string | Uint8Array, Record<string, string>?][] = [
  ['no JSON', 'hello'],
  ['half a JSON', '{"a":'],
  ['an array', '[]'],
  ['null', 'null'],
  ['a string', '"text"'],
  ['an unknown field', '{"nobodyKnowsThis":1}'],
  ['a poisoned prototype', '{"__proto__":{"admin":true}}'],
  ['a raw NUL', '{"a":"\u0000"}'],
  ['bytes that are no text', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
  ['no end of depth', '['.repeat(50_000)],
  ['another media type', '{}', { 'content-type': 'text/plain' }],
  ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
];

test.each(bodies)('%s as the body of every route that takes one is refused', async (_what, body, headers) => {
  await unchanged(async () => {
    for (const operation of operations.filter(({ hasBody }) => hasBody)) {
      // A callback's body is never refused, and one that may be left out may be null.
      if (isCallback(operation) || (body === 'null' && !operation.needsBody)) continue;
      expectProblem(`${operation.method} ${operation.path}`, await call(operation, body, headers));
    }
  });
});

const fields: [string, unknown][] = [
  ['a number', 7],
  ['a list', ['x']],
  ['an object', { a: 1 }],
  ['null', null],
  ['nothing', ''],
  ['control characters', 'a\u0007b\u001b'],
  ['a NUL', 'a\u0000b'],
  ['a line break', 'a\r\nBcc: b@example.com'],
  ['half a surrogate pair', 'a\ud800b'],
  ['no end of text', 'x'.repeat(20_000)],
];

const jobFields = ['configurationEId', 'recipient', 'replyToEmail', 'subject', 'tag', 'metadata', 'attachments'];
const requests = (): { path: string; body: Record<string, unknown>; fields: string[] }[] => [
  {
    path: '/job',
    body: { configurationEId: acme.eId, recipient: 'ada@example.com', subject: 'Hello', textBody: 'Hi' },
    fields: [...jobFields],
  },
  { path: '/configuration', body: { sendingDomainSlug: 'never-made' }, fields: ['sendingDomainSlug', 'signatureRequest', 'provision'] },
  { path: '/suppression', body: { recipient: 'ada@example.com' }, fields: ['recipient', 'note'] },
  { path: '/suppression/release', body: { recipient: 'ada@example.com', reason: 'why' }, fields: ['recipient', 'reason', 'force'] },
  { path: '/tenant-key', body: { tenantId: 'acme', name: 'why' }, fields: ['tenantId', 'name'] },
];

test.each(fields)('%s in any field is refused, and the field is named', async (what, value) => {
  await unchanged(async () => {
    for (const { path, body, fields: names } of requests())
      for (const name of names) {
        // An object without known keys is a good `metadata`; its own limits are tried elsewhere.
        if (name === 'metadata' && what === 'an object') continue;
        const answer = await call(
          { method: 'POST', path: `${base}${path}`, hasBody: true, needsBody: true },
          JSON.stringify({ ...body, [name]: value }),
        );
        expectProblem(`${what} in ${name} of ${path}`, answer);
        const { code, errors } = JSON.parse(answer.text) as { code: string; errors: { pointer: string }[] };
        expect(code).toBe('invalid_request');
        expect(errors.map(({ pointer }) => pointer)).toContainEqual(expect.stringMatching(new RegExp(`^/${name}`)));
      }
  });
});

test.each([
  ['an id that is none', (path: string) => path.replaceAll(noOne, 'not-an-id')],
  ['an id that cannot be decoded', (path: string) => path.replaceAll(noOne, '%E0%A4%A')],
  ['an id with a NUL', (path: string) => path.replaceAll(noOne, '%00')],
  ['an id without end', (path: string) => path.replaceAll(noOne, 'a'.repeat(5000))],
])('%s in the path of every route is refused', async (_what, change) => {
  await unchanged(async () => {
    for (const operation of operations.filter(({ path }) => path.includes('{'))) {
      if (operation.path.includes('/problems/')) continue;
      expectProblem(
        `${operation.method} ${operation.path}`,
        await call(operation, operation.hasBody ? '{}' : undefined, {}, change(pathOf(operation))),
      );
    }
  });
});

test.each(['limit=0', 'limit=201', 'limit=x', 'cursor=nonsense', 'cursor=%00', 'nobodyKnows=1', 'limit=1&limit=2'])(
  'the query %s of every list is refused',
  async (query) => {
    const lists = operations.filter(({ method, path }) => method === 'GET' && /\/(configuration|job|suppression|tenant-key)$/.test(path));
    expect(lists.length).toBeGreaterThanOrEqual(4);
    for (const operation of lists)
      expectProblem(`${operation.path}?${query}`, await call(operation, undefined, {}, `${operation.path}?${query}`));
  },
);

test('a body beyond any limit is answered 413, and cannot be smuggled in without a length', async () => {
  await unchanged(async () => {
    const huge = `{"subject":"${'x'.repeat(20_000_000)}"}`;
    for (const path of ['/configuration', '/job', '/suppression']) {
      const answer = await call({ method: 'POST', path: `${base}${path}`, hasBody: true, needsBody: true }, huge).catch(() => null);
      // A server may close on a client that goes on sending; it must not fail.
      if (answer !== null) expect(answer.status).toBe(413);
    }
  });
});

describe('broken HTTP', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(world().ready.service ?? '');
      const socket = connect(Number(port), hostname, () => socket.end(text));
      let answer = '';
      socket.setEncoding('latin1');
      socket.on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(answer) : reject(error)));
    });

  test.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a lone line break', '\r\n'.repeat(10)],
    ['a method that nobody knows', `FETCH ${base}/job HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    ['no host', `GET ${base}/job HTTP/1.1\r\nConnection: close\r\n\r\n`],
    ['two lengths', `POST ${base}/job HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}`],
    ['a length and chunks', `POST ${base}/job HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['chunks that are none', `POST ${base}/job HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['a body that ends early', `POST ${base}/job HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"`],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['a header with a NUL', 'GET /livez HTTP/1.1\r\nHost: x\r\nX-Bad: a\u0000b\r\nConnection: close\r\n\r\n'],
    ['bytes of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
  ])('(%s) is answered 4xx or not at all, and the next caller is served', async (_what, text) => {
    await unchanged(async () => {
      const answer = await raw(text);
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    });
  });
});

test.each([
  ['no key', { authorization: '' }, 401, 'unauthenticated'],
  ['a wrong key', { authorization: 'Bearer x' }, 401, 'unauthenticated'],
  ['another scheme', { authorization: 'Basic YTpi' }, 401, 'unauthenticated'],
])('with %s every route under the base path is closed', async (_what, headers, status, code) => {
  for (const operation of operations.filter(({ path }) => path.startsWith(base))) {
    if (isCallback(operation)) continue;
    const answer = await call(operation, operation.hasBody ? '{}' : undefined, headers);
    expect({ path: operation.path, status: answer.status, code: JSON.parse(answer.text).code }).toEqual({
      path: operation.path,
      status,
      code,
    });
  }
});
