import { beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { sendableConfiguration, type TestApp, testApp } from './support/testApp.ts';

let test: TestApp;
let configurationEId: string;

beforeAll(async () => {
  test = await testApp(await createTestDatabase());
  configurationEId = await sendableConfiguration(test);
});

type List = { path: string; add: (index: number) => Promise<unknown>; idOf: (item: Record<string, unknown>) => unknown };

const lists: List[] = [
  {
    path: '/configuration',
    add: (index) => test.call('POST', '/configuration', { body: { sendingDomainSlug: `page-${index}` } }),
    idOf: (item) => item['eId'],
  },
  {
    path: '/job',
    add: (index) =>
      test.call('POST', '/job', {
        headers: { 'idempotency-key': `page-${index}` },
        body: { configurationEId, recipient: 'ada@example.com', subject: 's', textBody: 't' },
      }),
    idOf: (item) => item['eId'],
  },
  {
    path: '/suppression',
    add: (index) => test.call('POST', '/suppression', { body: { recipient: `page-${index}@example.com` } }),
    idOf: (item) => item['recipient'],
  },
  {
    path: '/tenant-key',
    add: (index) => test.call('POST', '/tenant-key', { body: { tenantId: 'acme', name: `page-${index}` } }),
    idOf: (item) => item['id'],
  },
];

beforeAll(async () => {
  for (const { add } of lists) for (const index of [900, 901]) await add(index);
});

const page = async (path: string, query: Record<string, unknown>) => {
  const { status, body } = await test.call('GET', `${path}?${new URLSearchParams(query as Record<string, string>)}`);
  expect(status).toBe(200);
  return { items: body['items'] as Record<string, unknown>[], nextCursor: body['nextCursor'] as string | null };
};

describe.each(lists)('$path', ({ path, add, idOf }) => {
  it('shows each row once, newest first, while rows are added between the pages', async () => {
    // Several of one moment, so that time alone cannot order them.
    for (let index = 0; index < 7; index += 1) {
      if (index % 3 === 0) test.clock.now = new Date(test.clock.now.getTime() + 1000);
      await add(index);
    }
    const before = (await page(path, { limit: 200 })).items.map(idOf);
    const seen: unknown[] = [];
    for (let cursor: string | null = '', added = 100; cursor !== null; added += 1) {
      const next = await page(path, { limit: 3, ...(cursor === '' ? {} : { cursor }) });
      seen.push(...next.items.map(idOf));
      cursor = next.nextCursor;
      await add(added);
    }
    expect(seen).toEqual(before);
  });

  it('gives no cursor when the last page is exactly full', async () => {
    const all = (await page(path, { limit: 200 })).items;
    const full = await page(path, { limit: all.length });
    expect([full.items.length, full.nextCursor]).toEqual([all.length, null]);
  });

  it('refuses cursors that were edited, made up, or made for another list, and says which field it is', async () => {
    const { nextCursor } = await page(path, { limit: 1 });
    const cursor = nextCursor ?? '';
    const decoded = Buffer.from(cursor, 'base64url').toString('utf8');
    const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64url');
    const [time = '', check = '', id = ''] = decoded.split('.');
    const foreignPath = path === '/job' ? '/suppression' : '/job';
    const foreign = (await page(foreignPath, { limit: 1 })).nextCursor ?? '';
    const bad = [
      encode(`${Number(time) + 1}.${check}.${id}`),
      encode(`${time}.${check}.${id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))}`),
      encode(`${time}.${check}.' or true --`),
      encode(`9${'9'.repeat(14)}.${check}.${id}`),
      encode('x'),
      `${cursor}A`,
      cursor.slice(1),
      'AAAA',
      '====',
      'a'.repeat(401),
      foreign,
    ];
    for (const each of bad) {
      const { status, body } = await test.call('GET', `${path}?cursor=${encodeURIComponent(each)}`);
      expect([status, body['code'], body['errors']], each).toEqual([
        400,
        'invalid_request',
        [{ pointer: '/query/cursor', detail: expect.any(String) }],
      ]);
    }
    expect((await test.call('GET', `${path}?cursor=${cursor}`)).status).toBe(200);
  });

  it.each(['0', '201', '-1', '1.5', '1e2', '99999999999999999999', 'ten', '', '%00', '1&limit=2'])('refuses limit=%s', async (limit) => {
    const { status, body } = await test.call('GET', `${path}?limit=${limit}`);
    expect(status).toBe(400);
    expect(body['errors']).toMatchObject([{ pointer: '/query/limit' }]);
  });
});

describe('filters', () => {
  it('narrow jobs by configuration, status and recipient, and a cursor is good for its filters only', async () => {
    const list = async (query: string) => (await test.call('GET', `/job?${query}`)).body;
    expect(((await list('recipient=ADA@example.com&limit=200'))['items'] as unknown[]).length).toBeGreaterThan(0);
    expect((await list('recipient=bob@example.com'))['items']).toEqual([]);
    expect((await list('status=SENT'))['items']).toEqual([]);
    expect((await list('configurationEId=0199aaaa-0000-7000-8000-00000000ffff'))['items']).toEqual([]);
    const { nextCursor } = await list('limit=1');
    const moved = await test.call('GET', `/job?limit=1&status=QUEUED&cursor=${nextCursor}`);
    expect(moved.status).toBe(400);
    const { nextCursor: filtered } = await list(`limit=1&configurationEId=${configurationEId}`);
    expect((await test.call('GET', `/job?limit=1&configurationEId=${configurationEId.toUpperCase()}&cursor=${filtered}`)).status).toBe(200);
  });

  it('narrow configurations by slug and derived status', async () => {
    const slugs = async (query: string) =>
      ((await test.call('GET', `/configuration?${query}`)).body['items'] as { sendingDomainSlug: string }[]).map(
        (item) => item.sendingDomainSlug,
      );
    expect(await slugs('slug=page-3')).toEqual(['page-3']);
    expect(await slugs('status=UNLOCKED')).toHaveLength(1);
    expect(await slugs('status=REMOVED')).toEqual([]);
    expect(await slugs('status=PENDING&slug=page-3')).toEqual(['page-3']);
    expect((await test.call('GET', '/configuration?status=OK')).status).toBe(400);
  });

  it('narrow suppressions by recipient and by whether they are active', async () => {
    await test.call('POST', '/suppression/release', { body: { recipient: 'page-1@example.com', reason: 'asked' } });
    const recipients = async (query: string) =>
      ((await test.call('GET', `/suppression?limit=200&${query}`)).body['items'] as { recipient: string }[]).map((item) => item.recipient);
    expect(await recipients('active=false')).toEqual(['page-1@example.com']);
    expect(await recipients('active=true')).not.toContain('page-1@example.com');
    expect(await recipients('recipient=PAGE-2@example.com&active=true')).toEqual(['page-2@example.com']);
    expect((await test.call('GET', '/suppression?active=maybe')).status).toBe(400);
  });
});

describe('an operator', () => {
  const acrossTenants = async (query: Record<string, string>): Promise<{ items: Record<string, unknown>[]; nextCursor: string | null }> => {
    const { status, body } = await test.call('GET', `/configuration?${new URLSearchParams(query)}`, { tenant: null });
    expect(status).toBe(200);
    return body as { items: Record<string, unknown>[]; nextCursor: string | null };
  };
  const slugOf = (item: Record<string, unknown>) => item['sendingDomainSlug'];

  it('pages through the configurations of all tenants by status, each once, while any tenant adds more and their status changes behind the page', async () => {
    for (const [index, tenant] of ['north', 'south', 'north', 'east', 'south', 'east'].entries()) {
      if (index % 2 === 0) test.clock.now = new Date(test.clock.now.getTime() + 1000);
      await test.call('POST', '/configuration', { tenant, body: { sendingDomainSlug: `wide-${index}` } });
    }
    const before = (await acrossTenants({ status: 'PENDING', limit: '200' })).items;
    expect(new Set(before.map((item) => item['tenantId']))).toEqual(new Set(['acme', 'north', 'south', 'east']));
    const seen: unknown[] = [];
    for (let cursor: string | null = '', added = 0; cursor !== null; added += 1) {
      const next = await acrossTenants({ status: 'PENDING', limit: '4', ...(cursor === '' ? {} : { cursor }) });
      seen.push(...next.items.map(slugOf));
      cursor = next.nextCursor;
      await test.call('POST', '/configuration', { tenant: 'west', body: { sendingDomainSlug: `later-${added}` } });
      const [first] = next.items;
      await test.call('POST', `/configuration/${first?.['eId']}/provision`, { tenant: String(first?.['tenantId']), body: {} });
    }
    expect(seen).toEqual(before.map(slugOf));
    expect((await acrossTenants({ slug: 'wide-3' })).items.map((item) => item['tenantId'])).toEqual(['east']);
  });

  it('may name one tenant, and a cursor of all tenants is not good for one, nor the other way', async () => {
    const { nextCursor } = await acrossTenants({ limit: '1' });
    const narrowed = await test.call('GET', `/configuration?limit=1&cursor=${nextCursor}`, { tenant: 'north' });
    expect(narrowed.status).toBe(400);
    const { body } = await test.call('GET', '/configuration?limit=200', { tenant: 'north' });
    expect((body['items'] as Record<string, unknown>[]).map((item) => item['tenantId'])).toEqual(['north', 'north']);
  });
});
