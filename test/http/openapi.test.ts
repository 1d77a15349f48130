import { beforeAll, describe, expect, it } from 'vitest';
import { signals } from '../../service/core/configuration/events.ts';
import { problems } from '../../service/core/errors.ts';
import { createTestDatabase } from '../support/database.ts';
import { type TestApp, testApp } from './support/testApp.ts';

type Schema = { $ref?: string } & Record<string, unknown>;
type Operation = {
  operationId: string;
  summary: string;
  security?: unknown;
  parameters?: { in: string; name: string; required?: boolean }[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>;
};
type Document = {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
};

let test: TestApp;
let document: Document;

beforeAll(async () => {
  test = await testApp(await createTestDatabase());
  const answer = await test.app.inject({ method: 'GET', url: '/openapi.json' });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  document = answer.json();
});

const base = '/v1/shop-access/email';
/** The contract's own list: what is there and in no other place. */
const contract = [
  `POST ${base}/configuration`,
  `GET ${base}/configuration`,
  `GET ${base}/configuration/{eId}`,
  `GET ${base}/configuration/{eId}/history`,
  `GET ${base}/configuration/{eId}/explain`,
  `POST ${base}/configuration/{eId}/{signal}`,
  `POST ${base}/job`,
  `POST ${base}/job/batch`,
  `GET ${base}/job`,
  `GET ${base}/job/{eId}`,
  `GET ${base}/job/{eId}/timeline`,
  `POST ${base}/job/{eId}/cancel`,
  `POST ${base}/job/{eId}/resend`,
  `POST ${base}/job/{eId}/triage`,
  `POST ${base}/job/postmark-events/{routingToken}`,
  `GET ${base}/suppression`,
  `POST ${base}/suppression`,
  `POST ${base}/suppression/release`,
  `GET ${base}/material`,
  `POST ${base}/material/refresh`,
  `GET ${base}/drift`,
  `GET ${base}/drift/finding`,
  `POST ${base}/drift/run`,
  `GET ${base}/drift/plan`,
  `POST ${base}/drift/plan/{id}/apply`,
  `POST ${base}/material/re-encrypt`,
  `GET ${base}/material/re-encrypt`,
  `POST ${base}/webhook-credential/rotate`,
  `GET ${base}/webhook-credential`,
  `POST ${base}/tenant-key`,
  `GET ${base}/tenant-key`,
  `DELETE ${base}/tenant-key/{id}`,
  'GET /livez',
  'GET /readyz',
  'GET /metrics',
  'GET /openapi.json',
  'GET /docs',
  'GET /problems',
  'GET /problems/{code}',
];

const operations = () =>
  Object.entries(document.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })));

/** Every `$ref` anywhere below. */
const refsOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(refsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' && typeof inner === 'string' ? [inner] : refsOf(inner)));
};

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 and lists exactly the routes that there are', () => {
    expect(document.openapi).toBe('3.1.0');
    const listed = operations().map(({ path, verb }) => `${verb.toUpperCase()} ${path}`);
    expect(listed.sort()).toEqual(contract.toSorted());
    for (const entry of contract) {
      const [method = '', path = ''] = entry.split(' ');
      const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
      expect(test.app.hasRoute({ method: method as 'GET', url }), entry).toBe(true);
    }
  });

  it('gives every reply of every route a schema and a description', () => {
    for (const { path, verb, operation } of operations()) {
      const at = `${verb} ${path}`;
      expect(operation.summary, at).toBeTruthy();
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => status.startsWith('2')),
        at,
      ).toBe(true);
      for (const [status, reply] of Object.entries(operation.responses)) {
        expect(reply.description, `${at} ${status}`).toBeTruthy();
        if (status === '204') continue;
        const [schema] = Object.values(reply.content ?? {});
        expect(Object.keys(schema?.schema ?? {}).length, `${at} ${status}`).toBeGreaterThan(0);
      }
    }
  });

  it('names every operation once, and resolves every reference', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
    const refs = refsOf(document);
    expect(refs).toContain('#/components/schemas/BatchItemInput');
    expect(new Set(refs)).toEqual(new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)));
    for (const ref of refs) expect(document.components.schemas[ref.replace('#/components/schemas/', '')], ref).toBeDefined();
  });

  it('asks for a key on exactly the guarded routes, and lists the headers that they need', () => {
    for (const { path, operation } of operations()) {
      const guarded = path.startsWith(base) && !path.includes('postmark-events');
      expect(operation.security !== undefined, path).toBe(guarded);
    }
    const headersOf = (path: string, verb: string) =>
      (document.paths[base + path]?.[verb]?.parameters ?? [])
        .filter((parameter) => parameter.in === 'header')
        .map(({ name, required }) => [name, required === true]);
    expect(headersOf('/job', 'post')).toEqual([
      ['X-Tenant-Id', false],
      ['X-Author', false],
      ['Idempotency-Key', true],
      ['Prefer', false],
      ['X-Request-Id', false],
    ]);
    expect(headersOf('/job/{eId}/resend', 'post')).toContainEqual(['Idempotency-Key', false]);
    expect(headersOf('/configuration', 'get')).toEqual([
      ['X-Tenant-Id', false],
      ['X-Request-Id', false],
    ]);
  });

  it('says which bodies may be left out', () => {
    const required = (path: string) => document.paths[base + path]?.['post']?.requestBody?.required;
    expect(required('/configuration/{eId}/{signal}')).toBe(false);
    expect(required('/job/{eId}/cancel')).toBe(false);
    expect(required('/job')).toBe(true);
  });

  it('lists each signal and each field of the record', () => {
    expect(JSON.stringify(document.paths[`${base}/configuration/{eId}/{signal}`])).toContain(JSON.stringify(signals));
    const record = document.components.schemas['Configuration'] as { properties: Record<string, unknown>; additionalProperties: unknown };
    expect(Object.keys(record.properties)).toContain('waitingOn');
    expect(record.additionalProperties).toBe(false);
  });
});

describe('GET /docs', () => {
  it('shows every operation, needs no script and nothing from elsewhere', async () => {
    const { headers, body } = await test.app.inject({ method: 'GET', url: '/docs' });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    for (const { path, operation } of operations()) {
      expect(body).toContain(`id="${operation.operationId}"`);
      expect(body).toContain(`<code>${path}</code>`);
    }
    expect(body).not.toMatch(/<script|src=|https?:\/\//);
    const targets = [...body.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    for (const target of targets) expect(body).toContain(`id="${target}"`);
  });
});

describe('GET /problems', () => {
  it('has a page for each code of the list, and none besides', async () => {
    const index = (await test.app.inject({ method: 'GET', url: '/problems' })).body;
    const linked = [...index.matchAll(/href="\/problems\/(\w+)"/g)].map(([, code]) => code);
    expect(linked.sort()).toEqual(Object.keys(problems).sort());
    for (const [code, { status, title }] of Object.entries(problems)) {
      const { statusCode, headers, body } = await test.app.inject({ method: 'GET', url: `/problems/${code}` });
      expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(body).toContain(title);
      expect(body).toContain(`HTTP ${status}`);
    }
    const unknown = await test.app.inject({ method: 'GET', url: '/problems/teapot' });
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'not_found']);
  });

  it('is where the type of each problem points', async () => {
    const { body } = await test.call('GET', '/nowhere');
    expect((await test.app.inject({ method: 'GET', url: String(body['type']) })).statusCode).toBe(200);
  });
});
