/** When something is wrong on our side: what the caller learns, and what not. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { MaterialFault } from '../../service/core/material/materialFault.ts';
import { basePath } from '../../service/http/basePath.ts';
import { createMetricsApp } from '../../service/http/metricsApp.ts';
import { createPool } from '../../service/store/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { cuttableProxy } from './support/cuttableProxy.ts';
import { operatorKey, sendableConfiguration, type TestApp, testApp } from './support/testApp.ts';

let database: TestDatabase;
let test: TestApp;
let configurationEId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  test = await testApp(database);
  configurationEId = await sendableConfiguration(test);
});

const send = (app: TestApp, key: string) =>
  app.call('POST', '/job', {
    headers: { 'idempotency-key': key },
    body: { configurationEId, recipient: 'ada@example.com', subject: 's', textBody: 't' },
  });

/** Speaks raw HTTP to a listening app and answers all that came back. */
const rawRequest = async (app: TestApp['app'], text: string): Promise<string> => {
  const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(address.port), address.hostname);
  socket.end(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  await app.close();
  return Buffer.concat(chunks).toString('utf8');
};

describe('an unexpected fault', () => {
  it('is 500 with an id and no word of what it was; the log is told both', async () => {
    const faults: unknown[] = [];
    const broken = await testApp(database, () => ({
      observeFault: (faulty) => void faults.push(faulty),
      accept: async () => {
        throw new Error('the innermost secret of the program');
      },
    }));
    const { status, body, headers, text } = await send(broken, 'broken');
    expect(status).toBe(500);
    expect(body).toEqual({
      type: '/problems/internal',
      title: 'Something went wrong here',
      status: 500,
      detail: expect.any(String),
      code: 'internal',
      requestId: headers['x-request-id'],
    });
    expect(text).not.toContain('innermost');
    expect(faults).toEqual([
      {
        method: 'POST',
        route: '/v1/shop-access/email/job',
        code: 'internal',
        requestId: body['requestId'],
        error: expect.objectContaining({ message: 'the innermost secret of the program' }),
      },
    ]);
  });

  it('is what a reply that does not fit its own schema becomes: no half of it leaves', async () => {
    const broken = await testApp(database, (real) => ({
      accept: async (requests, caller) => {
        const outcomes = await real.accept(requests, caller);
        return outcomes.map((outcome) =>
          outcome.kind === 'refused' ? outcome : { ...outcome, job: { ...outcome.job, routingToken: 'leaked', attempts: 0.5 } },
        );
      },
    }));
    const { status, body, headers, text } = await send(broken, 'unfit');
    expect([status, body['code']]).toEqual([500, 'internal']);
    expect(text).not.toContain('leaked');
    expect(headers['location']).toBeUndefined();
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

describe('a database that is not there', () => {
  it('is 503 with Retry-After on every route that needs it, and liveness does not care', async () => {
    const proxy = await cuttableProxy(database.url);
    const pool = await createPool(proxy.url, { maximumPoolSize: 2 });
    const test = await testApp({ pool });
    expect((await test.call('GET', '/configuration')).status).toBe(200);
    await proxy.cut();
    const calls = [
      await test.call('GET', '/configuration'),
      await test.call('POST', '/configuration', { body: { sendingDomainSlug: 'nowhere' } }),
      await send(test, 'nowhere'),
      await test.call('GET', '/job'),
      await test.call('GET', '/suppression'),
      await test.call('GET', '/job', { key: 'pr_unknown', tenant: null }),
      await test.call('POST', '/job/postmark-events/token', { key: null }),
    ];
    for (const { status, headers, body } of calls) {
      expect([status, body['code'], headers['retry-after'], body['retryAfterSeconds']]).toEqual([503, 'unavailable', '2', 2]);
    }
    expect((await test.app.inject({ method: 'GET', url: '/livez' })).json()).toEqual({ status: 'ok' });
    const ready = await test.app.inject({ method: 'GET', url: '/readyz' });
    expect([ready.statusCode, ready.json().ready, ready.json().failing]).toEqual([503, false, ['database', 'migrations']]);
    await pool.end();
  });
});

describe('request ids', () => {
  it.each([
    ['given and sound', 'abc-1._X', 'abc-1._X'],
    ['too long', 'x'.repeat(65), null],
    ['of other characters', 'a b', null],
    ['empty', '', null],
  ])('%s', async (_what, given, expected) => {
    for (const path of ['/configuration', '/nowhere', `/configuration/${configurationEId}`]) {
      const { headers } = await test.call('GET', path, { headers: { 'x-request-id': given } });
      expect(headers['x-request-id']).toMatch(expected === null ? /^[0-9a-f-]{36}$/ : new RegExp(`^${expected.replaceAll('.', '\\.')}$`));
    }
  });

  it('are kept in the history of what the request did', async () => {
    const { body } = await test.call('POST', '/configuration', {
      headers: { 'x-request-id': 'made-here' },
      body: { sendingDomainSlug: 'with-id' },
    });
    const history = await test.call('GET', `/configuration/${body['eId']}/history`);
    expect(history.body['items']).toMatchObject([{ requestId: 'made-here' }]);
  });
});

describe('paths that are no route', () => {
  it.each([
    ['GET', '/nowhere'],
    ['DELETE', '/configuration'],
    ['GET', '/job/batch'],
    ['GET', '/drifts'],
    ['POST', '/%ff'],
    ['GET', '/%ff/..%2f'],
  ] as const)('%s %s is a 404 problem', async (method, path) => {
    const { status, body, headers } = await test.call(method, path);
    expect([status, body['code'], headers['content-type']]).toEqual([404, 'not_found', 'application/problem+json; charset=utf-8']);
  });

  it('what is not HTTP gets a problem too, and the connection ends', async () => {
    const listening = await testApp(database);
    const answer = await rawRequest(listening.app, 'GARBAGE\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json\r\n/);
    expect(answer).toContain('"code":"invalid_request"');
  });

  it('a NUL in a header does not get past the door', async () => {
    const listening = await testApp(database);
    const answer = await rawRequest(listening.app, 'GET /livez HTTP/1.1\r\nhost: x\r\nx-author: a\0b\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('switched-off routes', () => {
  it('say that they are off, before anything else is looked at; the others go on', async () => {
    const off = await testApp(database, (real) => ({
      settings: { ...real.settings, routes: { configuration: false, job: false, postmarkEvents: false } },
    }));
    for (const path of ['/configuration', `/configuration/${configurationEId}`, '/job', `/job/${configurationEId}/timeline`]) {
      const { status, body } = await off.call('GET', path, { key: null });
      expect([status, body['code']]).toEqual([404, 'route_disabled']);
    }
    expect((await off.call('POST', '/job/postmark-events/token', { key: null })).body['code']).toBe('route_disabled');
    expect((await off.call('GET', '/suppression')).status).toBe(200);
    const jobsOff = await testApp(database, (real) => ({
      settings: { ...real.settings, routes: { ...real.settings.routes, job: false } },
    }));
    expect((await jobsOff.call('POST', '/job/postmark-events/token', { key: null })).body['code']).toBe('not_found');
  });
});

describe('stopping', () => {
  it('finishes what is under way and sends what comes later elsewhere', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const stopping = await testApp(database, (real) => ({
      accept: async (requests, caller) => {
        begun.resolve();
        await gate.promise;
        return real.accept(requests, caller);
      },
    }));
    const address = new URL(await stopping.app.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect(Number(address.port), address.hostname);
    const body = JSON.stringify({ configurationEId, recipient: 'ada@example.com', subject: 's', textBody: 't' });
    const head = `host: x\r\nauthorization: Bearer ${operatorKey}\r\nx-tenant-id: acme\r\nx-author: t\r\n`;
    socket.write(
      `POST ${basePath}/job HTTP/1.1\r\n${head}idempotency-key: under-way\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await begun.promise;
    const closing = stopping.app.close();
    while (stopping.app.server.listening) await new Promise((turn) => setImmediate(turn));
    const later = once(stopping.app.server, 'request');
    socket.write(`GET ${basePath}/configuration HTTP/1.1\r\n${head}\r\n`);
    await later;
    gate.resolve();
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const [, first = '', second = ''] = Buffer.concat(chunks).toString('utf8').split('HTTP/1.1 ');
    expect(first).toMatch(/^202 /);
    expect(second).toMatch(/^503 /);
    expect(second).toMatch(/connection: close/i);
    expect(second).toContain('"code":"unavailable"');
    await closing;
  });
});

describe('/metrics', () => {
  it('names routes by their pattern, never by a path', async () => {
    await test.call('POST', '/job/postmark-events/a-very-secret-token', { key: null });
    await test.call('GET', `/configuration/${configurationEId}`);
    await test.call('GET', '/no/such/path');
    const { headers, body } = await test.app.inject({ method: 'GET', url: '/metrics' });
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain('route="/v1/shop-access/email/configuration/:eId"');
    expect(body).toContain('route="/v1/shop-access/email/job/postmark-events/:routingToken"');
    expect(body).toContain('route="unmatched"');
    expect(body).not.toContain('a-very-secret-token');
    expect(body).not.toContain(configurationEId);
  });

  it('moves to a port of its own', async () => {
    const apart = await testApp(database, (real) => ({ settings: { ...real.settings, metricsRoute: false } }));
    expect((await apart.app.inject({ method: 'GET', url: '/metrics' })).statusCode).toBe(404);
    const metricsApp = createMetricsApp(test.deps);
    expect((await metricsApp.inject({ method: 'GET', url: '/metrics' })).statusCode).toBe(200);
    expect((await metricsApp.inject({ method: 'GET', url: '/livez' })).statusCode).toBe(404);
  });
});

describe('a process without a key to seal secrets with', () => {
  it('answers 503 to what needs one, and says where to look', async () => {
    const keyless = await testApp(database, (deps) => ({
      createConfiguration: async () => {
        throw new MaterialFault('registry_not_loaded', 'no key version is loaded');
      },
      now: deps.now,
    }));
    const { status, body, headers } = await keyless.call('POST', '/configuration', {
      body: { sendingDomainSlug: 'keyless', signatureRequest: {} },
    });
    expect([status, body['code'], headers['retry-after']]).toEqual([503, 'unavailable', '2']);
    expect(body['detail']).toContain('/readyz');
  });
});
