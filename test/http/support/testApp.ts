/** The real app over real verbs and a real database. Outside are only a keyring that hides nothing and a provider that takes everything. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { type Settings, settingsSchema } from '../../../config/schema.ts';
import type { SecretSource } from '../../../config/secretSource.ts';
import type { ConfigurationEvent } from '../../../service/core/configuration/events.ts';
import { headerOf } from '../../../service/core/material/envelope.ts';
import type { Keyring } from '../../../service/core/material/keyring.ts';
import { createApp } from '../../../service/http/app.ts';
import { basePath } from '../../../service/http/basePath.ts';
import type { HttpDeps } from '../../../service/http/deps.ts';
import { noTracer } from '../../../service/ports/openTelemetry.ts';
import { createMetrics } from '../../../service/watch/metrics.ts';
import { httpDeps } from '../../../service/wiring/httpDeps.ts';
import { observer } from '../../../service/wiring/observer.ts';
import { workSettings } from '../../../service/wiring/workSettings.ts';
import { apply } from '../../../service/work/apply.ts';
import { leftovers } from '../../../service/work/leftovers.ts';
import type { Ports, WorkContext } from '../../../service/work/workContext.ts';
import type { TestDatabase } from '../../support/database.ts';

export const operatorKey = 'operator-key-of-the-tests';
export const previousOperatorKey = 'operator-key-before-the-rotation';
export const keyVersionId = '0199aaaa-0000-7000-8000-000000000001';
export const signingKey = 'signing-key-of-the-tests';

const settings: Settings = settingsSchema.parse({
  partition: 'Test001-dev',
  databaseUrl: 'postgres://not-used',
  mailZone: { id: 'Z0TEST', name: 'dev.example.net' },
  postmark: { accountToken: 'not-used' },
  webhook: { publicUrl: 'https://mail.example.net', signingKey },
  material: { registryFile: '/not-used' },
});

/** Seals by writing down, under the header that every sealed text has: what is tested here is not the cipher. */
const keyring: Keyring = {
  seal: (_eId, _purpose, plaintext) => `${headerOf(keyVersionId)}${Buffer.from(plaintext).toString('base64url')}`,
  open: (_eId, _purpose, envelope) => Buffer.from(envelope.split(':')[1] ?? '', 'base64url').toString(),
  refresh: async () => ({ kind: 'refreshed', versions: [], removed: [], reason: null, kms: { state: 'answers' } }),
  status: () => ({
    currentKeyVersionId: keyVersionId,
    loadedKeyVersionIds: [keyVersionId],
    documentedCurrent: keyVersionId,
    documented: [{ keyVersionId, kmsKeyArn: 'arn:aws:kms:key', createdAt: new Date('2026-01-01T00:00:00.000Z'), trouble: null }],
    refreshedAt: new Date('2026-01-01T00:00:00Z'),
    lastOutcome: 'refreshed',
    lastReason: null,
    kms: { state: 'answers' },
  }),
  has: (id) => id === keyVersionId,
  close: () => {},
};

const fixed = (current: string, previous: string | null): SecretSource => ({
  keys: () => ({ current, previous }),
  reload: async () => ({ kind: 'unchanged' }),
});
const secrets = {
  apiKeys: fixed(operatorKey, previousOperatorKey),
  accountTokens: fixed('not-used', null),
  signingKeys: fixed(signingKey, null),
};

const notCalled = (): never => {
  throw new Error('these tests call no provider');
};

const notCalledWebhooks = { listWebhooks: notCalled, createWebhook: notCalled, updateWebhook: notCalled, deleteWebhook: notCalled };

const ports: Ports = {
  servers: {
    createServer: notCalled,
    findServerByName: notCalled,
    findServersByPrefix: notCalled,
    renameServer: notCalled,
    deleteServer: notCalled,
    listServers: notCalled,
  },
  inventory: { listServers: async () => ({ total: 0, servers: [] }), findServer: notCalled },
  domains: {
    createDomain: notCalled,
    findDomainByName: notCalled,
    verifyDkim: notCalled,
    verifyReturnPath: notCalled,
    deleteDomain: notCalled,
    listDomains: notCalled,
  },
  webhooks: notCalledWebhooks,
  fleetWebhooks: notCalledWebhooks,
  mail: { send: notCalled, findByJobId: notCalled, suppress: async () => {}, release: async () => [], listSuppressions: async () => [] },
  zone: { change: notCalled, changeStatus: notCalled, listRecords: notCalled, nameServers: notCalled },
  probe: { txt: notCalled, cname: notCalled },
  incidents: { report: notCalled, deliver: notCalled, flush: async () => {} },
};

export type Call = {
  body?: unknown;
  /** Null sends none. */
  key?: string | null;
  tenant?: string | null;
  author?: string | null;
  headers?: Record<string, string>;
};

export type Answer = { status: number; headers: Record<string, unknown>; body: Record<string, unknown>; text: string };

export type TestApp = {
  app: FastifyInstance;
  ctx: WorkContext;
  deps: HttpDeps;
  /** Domain time stands still until it is told to move. */
  clock: { now: Date };
  /** A path below the base path; by default as the operator, for tenant `acme`, as `tester`. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, call?: Call): Promise<Answer>;
  /** Carries a configuration along by the events that its tasks would have answered. */
  happen(of: { tenantId: string; eId: string }, ...events: ConfigurationEvent[]): Promise<void>;
};

export async function testApp(
  database: Pick<TestDatabase, 'pool'>,
  change: (deps: HttpDeps) => Partial<HttpDeps> = () => ({}),
): Promise<TestApp> {
  const clock = { now: new Date('2026-03-01T12:00:00.000Z') };
  const logger = pino({ level: 'silent' });
  const metrics = createMetrics();
  const ctx: WorkContext = {
    db: database.pool,
    holder: 'test',
    now: () => clock.now,
    newId: () => uuidv7({ msecs: clock.now.getTime() }),
    random: () => 0.5,
    settings: workSettings(settings),
    keyring,
    credentials: { apiKeys: secrets.apiKeys.keys, signingKeys: secrets.signingKeys.keys },
    keyMissed: () => {},
    ports,
    hint: () => {},
    abortSends: () => {},
    leftovers: leftovers(),
    stopping: new AbortController().signal,
    observe: observer(metrics, logger),
    trace: noTracer,
  };
  const real = httpDeps({ ctx, settings, secrets, metrics, logger, refresh: async () => {}, isDraining: () => false });
  const deps = { ...real, ...change(real) };
  const app = createApp(deps);
  markUnlistedReplies(app);
  await app.ready();
  return {
    app,
    ctx,
    deps,
    clock,
    call: (method, path, call = {}) => inject(app, method, basePath + path, call),
    async happen(of, ...events) {
      for (const event of events) {
        const outcome = await apply(ctx, { ...of, event, caller: { author: 'the tasks', requestId: randomUUID() } });
        if (outcome.kind !== 'changed') throw new Error(`${event.type} changed nothing: ${outcome.kind}`);
      }
    },
  };
}

const unlisted = 'x-not-in-the-contract';

/** Every answer of every test is held against the replies that its route publishes. */
function markUnlistedReplies(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    const { url, schema } = request.routeOptions;
    const listed: unknown = schema?.response;
    if (url !== undefined && !Object.hasOwn(Object(listed), reply.statusCode))
      reply.header(unlisted, `${request.method} ${url}: ${reply.statusCode}`);
  });
}

async function inject(app: FastifyInstance, method: 'GET' | 'POST' | 'DELETE', url: string, call: Call): Promise<Answer> {
  const { key = operatorKey, tenant = 'acme', author = 'tester' } = call;
  const headers = {
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...(tenant === null ? {} : { 'x-tenant-id': tenant }),
    ...(author === null || method === 'GET' ? {} : { 'x-author': author }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...call.headers,
  };
  const payload = call.body === undefined ? {} : { payload: typeof call.body === 'string' ? call.body : JSON.stringify(call.body) };
  const response = await app.inject({ method, url, headers, ...payload });
  if (response.headers[unlisted] !== undefined) throw new Error(`the contract does not list ${response.headers[unlisted]}`);
  const isJson = String(response.headers['content-type'] ?? '').includes('json');
  return { status: response.statusCode, headers: response.headers, body: isJson ? response.json() : {}, text: response.body };
}

/** What the tasks answer on the way from PENDING to OK. */
export const provisioned = (serverId: number): ConfigurationEvent[] => [
  {
    type: 'ServerCreated',
    serverId,
    serverName: `net-example-dev-${serverId}`,
    serverToken: keyring.seal('', 'server-token', 'server-token'),
    keyVersionId,
    adopted: false,
  },
  {
    type: 'DomainCreated',
    domainId: 99,
    dkimName: 'pm._domainkey.acme.dev.example.net',
    dkimValue: 'k=rsa;p=abc',
    returnPathName: 'pm-bounces.acme.dev.example.net',
    returnPathValue: 'pm.mtasv.net',
    adopted: false,
  },
  { type: 'WebhookInstalled', webhookId: 7, takenOver: false },
  { type: 'RecordsWritten', changeId: 'C1' },
];
export const verified: ConfigurationEvent = { type: 'Verified' };

let slugs = 0;
let servers = 1000;

/** A configuration that can send. */
export async function sendableConfiguration(test: TestApp, tenant = 'acme'): Promise<string> {
  slugs += 1;
  servers += 1;
  const created = await test.call('POST', '/configuration', {
    tenant,
    body: { sendingDomainSlug: `s${slugs}-${servers}`, provision: true },
  });
  const eId = String(created.body['eId']);
  await test.happen({ tenantId: tenant, eId }, ...provisioned(servers), verified);
  const unlocked = await test.call('POST', `/configuration/${eId}/unlock`, { tenant });
  if (unlocked.status !== 202) throw new Error(`unlock answered ${unlocked.status}: ${unlocked.text}`);
  return eId;
}
