/** Random traffic on the control API: whatever is sent, it is told what is wrong with it, and the sandbox goes on. */
import fc from 'fast-check';
import { expect, it, onTestFinished, vi } from 'vitest';
import { controlRoutes } from '../../../sandbox/control/controlRoutes.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture({ seed: 12, clock: 'stopped', startAt: Date.parse('2026-01-02T03:04:05Z') });
const seed = 20_260_102;
const zone = 'dev.ardamails.com';

/** What each route takes; a call is one of these with some of it bent. */
const proper: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '/clock/advance': { seconds: 5 },
  '/clock/settled': { watcher: 'w1', seq: 1, exactMs: null, pollMs: null },
  '/fault': { service: 'webhook', operation: 'Bounce', kind: 'status', times: 1, status: 500, errorCode: 1, delayMs: 1, server: 1 },
  '/settings': { insyncMs: 5, throttling: 'off', foreignDomains: ['example.com'], resolverTtlMaxSeconds: 60 },
  '/postmark/event': { messageId: 'm', type: 'Bounce', recipient: 'jo@example.com', at: '2026-01-02T03:04:05Z', bounceType: 'HardBounce' },
  '/postmark/inbound': {
    ...{ server: 10_000_001, from: 'jo@example.com', to: 'x@example.com', subject: 's', textBody: 't', htmlBody: '<p>', replyTo: 'a@b.c' },
    ...{ headers: [{ Name: 'X-A', Value: 'b' }], attachments: [{ Name: 'a', Content: 'eA==', ContentType: 'text/plain' }] },
  },
  '/postmark/server': { name: 'one' },
  '/postmark/token': { server: 10_000_001, action: 'generate', token: 'a' },
  '/postmark/sender/confirm': { email: 'jo@example.com' },
  '/aws/stack': {
    ...{ name: 'Mail-dev', status: 'CREATE_COMPLETE', outputs: [{ key: 'A', value: '1', exportName: 'x' }] },
    ...{ parameters: { P: '1' }, tags: { T: '1' } },
  },
  '/route53/record': { action: 'UPSERT', name: `a.${zone}`, type: 'TXT', ttl: 60, values: ['x'] },
};

const odd = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      ...[
        0,
        1,
        -1,
        0.5,
        1e9,
        2 ** 53,
        true,
        null,
        '',
        'x',
        [],
        {},
        ['x'],
        [{}],
        [null],
        'X'.repeat(5000),
        '\u0000',
        '\ud800',
        '\r\nBcc: a@b.c',
      ],
      ...[
        'UPSERT',
        'DELETE',
        'CNAME',
        'SOA',
        'SVCB',
        'NAPTR',
        zone,
        `*.${zone}`,
        `\\777.${zone}`,
        'Open',
        'SpamComplaint',
        'ü@example.com',
        '10000001',
      ],
      ...[['"', '\\', '\u0000é', ''], ['1 . alpn='], [zone], [{ Name: '', Value: '\n' }], [{ Name: 'a', Content: '%', ContentType: '' }]],
    ),
  },
  fc.jsonValue({ maxDepth: 2 }),
);

const bent = (path: string) => {
  const base = proper[path] ?? {};
  return (
    fc
      .dictionary(fc.constantFrom(...Object.keys(base), 'raw', 'x', '__proto__'), odd, { maxKeys: 3 })
      .chain((changes) => fc.subarray(Object.keys(base)).map((gone) => ({ base, changes, gone })))
      // Faults of other services would be met by the calls of this test.
      .map(({ changes, gone }) => {
        const left = Object.entries({ ...base, ...changes }).filter(([name]) => gone.length > 2 || !gone.includes(name));
        return Object.fromEntries(left.filter(([name, value]) => name !== 'service' || value === 'webhook' || typeof value !== 'string'));
      })
  );
};

const operations = Object.entries(controlRoutes).flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ path, method })));

/** Those that take something, more often. */
const weighed = operations.map((operation) => ({ weight: operation.method === 'POST' ? 3 : 1, arbitrary: fc.constant(operation) }));
const call = fc.oneof(...weighed).chain(({ path, method }) => bent(path).map((sent) => ({ path, method, sent })));

it('never answers 500 to any route, whatever its query and body', { timeout: 60_000 }, async () => {
  const reported = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  onTestFinished(() => reported.mockRestore());
  const field = fc.constantFrom('to', 'jobId', 'name', 'search', 'id', 'limit', 'service', 'x');
  const query = fc.oneof(fc.constant({}), fc.dictionary(field, fc.string({ maxLength: 8 }), { maxKeys: 2 }));
  const taken = new Set<string>();
  await fc.assert(
    fc.asyncProperty(call, query, async ({ path, method, sent }, asked) => {
      const url = `${sandbox.addresses.control}${path}?${new URLSearchParams(asked)}`;
      const response = await fetch(url, { method, ...(method === 'POST' ? { body: JSON.stringify(sent) } : {}) });
      await response.arrayBuffer();
      if (response.status === 200) taken.add(`${method} ${path}`);
      expect([200, 400, 404], `${method} ${path} ${JSON.stringify(sent)}`).toContain(response.status);
    }),
    { numRuns: 500, seed },
  );
  // There is no watcher, mail, sender or server here that these could be about; all else was carried out now and then, so that its insides were seen.
  const without = [
    'POST /clock/settled',
    'POST /postmark/event',
    'POST /postmark/token',
    'POST /postmark/sender/confirm',
    'GET /inbox/message',
  ];
  const never = operations.map(({ path, method }) => `${method} ${path}`).filter((name) => !taken.has(name));
  expect(never.filter((name) => !without.includes(name) && name !== 'DELETE /aws/stack')).toEqual([]);
  expect(reported.mock.calls.map(([text]) => String(text))).toEqual([]);
  expect((await sandbox.get('/state')).status).toBe(200);
});
