/**
 * No secret leaves. Markers are planted as every kind of secret there is; then everything goes wrong that can, at the most verbose level; and then all that came
 * out is searched: logs, what Sentry and a collector of traces were sent, metrics, every answer and problem body, and the database, row by row.
 *
 * A message's body is kept in `email_payload` until it is purged, since it has yet to be sent: there it is looked for only to show that the search finds it.
 */

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ApiAnswer, operatorClient } from '../support/apiClient.ts';
import { type Postroute, startPostroute } from '../support/postroute.ts';
import { Canary } from './support/canary.ts';
import { type Control, controlOf, type Fault } from './support/control.ts';
import { openSink, type Sink } from './support/sink.ts';
import { until } from './support/until.ts';

vi.setConfig({ testTimeout: 240_000 });

const canary = new Canary();
const bodies = new Canary();
/** Of recipients: known to the database and to whoever asks, and to nobody who only watches. */
const addresses = new Canary();
const folder = mkdtempSync(join(tmpdir(), 'postroute-canary-'));
const fileOf = (name: string): string => join(folder, `${name}.json`);
const keep = (name: string, current: string, previous?: string): void => writeFileSync(fileOf(name), JSON.stringify({ current, previous }));
const marker = (what: string): string => canary.plant(what, `CANARY-${what.replaceAll(' ', '-')}-${randomUUID()}`);

let operatorKey = marker('operator key');
const signingKey = marker('signing key');
const body = {
  html: bodies.plant('html body', 'CANARY-html-5b1d2c'),
  text: bodies.plant('text body', 'CANARY-text-8e07aa'),
  file: bodies.plant('attachment', 'CANARY-file-c2f9d4'),
};

let sink: Sink;
let postroute: Postroute;
let control: Control;
let database: Client;
const answers: string[] = [];

const ask = async (
  method: string,
  path: string,
  given: { tenant?: string; key?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<ApiAnswer> => {
  const { key = operatorKey, ...call } = given;
  for (let tries = 0; ; tries += 1) {
    const answer = await operatorClient(postroute.ready.service ?? '', key)
      .call(method, path, call)
      .catch(() => null);
    if (answer !== null) {
      const said = JSON.stringify([method, path.split('?')[0], answer.status, [...answer.headers], answer.body]);
      // A tenant key is shown once, to whoever asked for it.
      if (!(method === 'POST' && path === '/tenant-key')) answers.push(said);
      return answer;
    }
    if (tries > 200) throw new Error(`${method} ${path} was never answered`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
const rows = async <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> => (await database.query<T>(sql, values)).rows;

beforeAll(async () => {
  sink = await openSink();
  keep('api-keys', operatorKey);
  keep('signing', signingKey);
  keep('account', marker('account token that Postmark does not know'));
  postroute = await startPostroute(['--restart'], {
    EMAIL_LOG_LEVEL: 'trace',
    EMAIL_WORK_LEASE_SECONDS: '2',
    EMAIL_POSTMARK_TIMEOUT_SECONDS: '0.5',
    EMAIL_AWS_TIMEOUT_SECONDS: '0.5',
    ARDA_API_KEY_FILE: fileOf('api-keys'),
    EMAIL_WEBHOOK_SIGNING_KEY_FILE: fileOf('signing'),
    EMAIL_POSTMARK_ACCOUNT_TOKEN_FILE: fileOf('account'),
    SENTRY_DSN: `${sink.url.replace('://', '://pub@')}/1`,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
  });
  control = controlOf(postroute.ready.sandbox.control);
  database = new Client({ connectionString: postroute.ready.databaseUrl });
  await database.connect();
}, 120_000);
afterAll(async () => {
  await database?.end();
  await postroute?.stop();
  await sink?.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const message = (eId: string, n = 0) => ({
  configurationEId: eId,
  recipient: addresses.plant('recipient', `canary-recipient-${n}@example.com`),
  subject: 'Hello',
  htmlBody: `<p>${body.html}</p>`,
  textBody: body.text,
  attachments: [{ filename: 'a.txt', contentType: 'text/plain', contentBase64: Buffer.from(body.file).toString('base64') }],
});
let sends = 0;
const send = (tenant: string, eId: string, change: object = {}) => {
  sends += 1;
  return ask('POST', '/job', { tenant, headers: { 'Idempotency-Key': `k${sends}` }, body: { ...message(eId, sends), ...change } });
};

async function provision(tenant: string): Promise<string> {
  const { status, body: made } = await ask('POST', '/configuration', { tenant, body: { sendingDomainSlug: tenant, provision: true } });
  expect(status).toBe(201);
  return (made as { eId: string }).eId;
}
const untilStatus = (tenant: string, eId: string, wanted: string) =>
  until(
    `${tenant} is ${wanted}`,
    async () => ((await ask('GET', `/configuration/${eId}`, { tenant })).body as { status: string }).status,
    (s) => s === wanted,
  );

async function sender(tenant: string): Promise<string> {
  const eId = await provision(tenant);
  await untilStatus(tenant, eId, 'LOCKED');
  await ask('POST', `/configuration/${eId}/unlock`, { tenant, body: {} });
  return eId;
}

const faults: Omit<Fault, 'service'>[] = [
  { kind: 'status', status: 401, errorCode: 10 },
  { kind: 'status', status: 422, errorCode: 300 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503, errorCode: 100 },
  { kind: 'throttle' },
  { kind: 'timeout-before' },
  { kind: 'timeout-after' },
  { kind: 'cut' },
];

/** Each way in which the outside can fail, met by provisioning, sending, rotating and looking up alike. */
async function everythingOutsideFails(acme: string): Promise<void> {
  for (const [n, fault] of faults.entries()) {
    await control.fault({ service: 'postmark', ...fault, times: 6 } as Fault);
    await control.fault({
      service: n % 2 === 0 ? 'route53' : 'kms',
      kind: fault.kind === 'status' ? 'cut' : fault.kind,
      times: 2,
    } as Fault);
    await provision(`t${n}`);
    await send('acme', acme);
    await ask('POST', '/material/refresh', { body: {} });
    await control.advance(20);
    await control.clearFaults();
  }
  await ask('POST', `/configuration/${acme}/recover`, { tenant: 'acme', body: {} });
}

type Hook = { url: string; headers: Record<string, string> };
async function plantWhatPostmarkHolds(): Promise<Hook[]> {
  const hooks: Hook[] = [];
  for (const { ApiTokens, webhooks } of (await control.state()).postmark.servers) {
    for (const token of ApiTokens) canary.plant('server token', token);
    for (const { Url, HttpHeaders } of webhooks) {
      canary.plant('routing token', Url.split('/').at(-1) ?? '');
      for (const { Name, Value } of HttpHeaders) if (Name === 'X-Postroute-Signature') canary.plant('signature', Value.slice(3));
      hooks.push({ url: Url, headers: Object.fromEntries(HttpHeaders.map(({ Name, Value }) => [Name, Value])) });
    }
  }
  return hooks;
}

async function callbacksGoWrong([hook]: Hook[]): Promise<void> {
  if (hook === undefined) throw new Error('no webhook is installed');
  const call = async (headers: Record<string, string>, text: string, url = hook.url): Promise<void> => {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text });
    answers.push(`${answer.status} ${await answer.text()}`);
  };
  await call(hook.headers, '{"RecordType":');
  await call(hook.headers, '{"RecordType":"Nothing"}');
  await call({ ...hook.headers, Authorization: `Bearer ${marker('bearer of nobody')}` }, '{}');
  await call({ ...hook.headers, 'X-Postroute-Signature': `v1=${'0'.repeat(64)}` }, '{}');
  await call(hook.headers, '{}', `${hook.url}x`);
  await call({}, '{}', `${hook.url}?apikey=${marker('key in an address')}`);
}

async function callersGoWrong(acme: string): Promise<void> {
  const made = (await ask('POST', '/tenant-key', { tenant: 'acme', body: { tenantId: 'acme', name: 'theirs' } })).body as {
    id: string;
    key: string;
  };
  const key = canary.plant('tenant key', made.key);
  await ask('GET', '/job', { tenant: 'acme', key });
  await ask('GET', '/job', { tenant: 'other', key });
  await ask('GET', '/material', { key });
  await ask('GET', '/material', { key: marker('key of nobody') });
  await ask('GET', `/configuration?slug=${encodeURIComponent(marker('key in a query'))}`, { tenant: 'acme' });
  await ask('DELETE', `/tenant-key/${made.id}`);
  await ask('GET', '/job', { tenant: 'acme', key });
  // Bodies that are refused, in each way that a body can be.
  await send('acme', acme, { subject: 'x'.repeat(3000) });
  await send('acme', acme, { unknown: body.html });
  await send('acme', acme, { textBody: { deeper: body.text } });
  await send('acme', acme, { recipient: body.text });
  await send('acme', acme, { attachments: [{ filename: 'a.exe', contentType: 'text/plain', contentBase64: `${body.file}!` }] });
  const half = await fetch(`${postroute.ready.service}/v1/shop-access/email/job`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${operatorKey}`,
      'X-Tenant-Id': 'acme',
      'X-Author': 'test',
      'Content-Type': 'application/json',
      'Idempotency-Key': 'half',
    },
    body: `{"textBody":"${body.text}`,
  });
  answers.push(await half.text());
}

/** What Postgres says of a refused row repeats the row. */
async function databaseGoesWrong(acme: string): Promise<void> {
  const parts = (of: string) =>
    rows<{ name: string }>('select inhrelid::regclass::text as name from pg_inherits where inhparent = $1::regclass', [of]);
  await rows('alter table configuration add constraint canary check (false) not valid');
  await ask('POST', '/configuration', { tenant: 'broken', body: { sendingDomainSlug: 'broken', provision: true } });
  await send('acme', acme);
  await rows('alter table configuration drop constraint canary');
  for (const { name } of [...(await parts('email_payload')), ...(await parts('email_job'))]) {
    await rows(`alter table ${name} add constraint canary check (false) not valid`);
    // What Postgres repeats of a column is its first 64 characters.
    await send('acme', acme, { subject: 'Hi', htmlBody: body.html });
    await rows(`alter table ${name} drop constraint canary`);
  }
  await rows('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
  await send('acme', acme);
}

async function secretsGoWrong(acme: string): Promise<void> {
  const good = operatorKey;
  writeFileSync(fileOf('api-keys'), `${marker('file that is no JSON')}`);
  await ask('POST', '/material/refresh', { body: {} });
  writeFileSync(fileOf('signing'), JSON.stringify({ current: 1, [marker('field of a file')]: marker('value of a file') }));
  const registry = join(postroute.ready.dataDir, 'material-registry.json');
  const text = readFileSync(registry, 'utf8');
  writeFileSync(registry, `{"current": "${marker('registry that is none')}"}`);
  await ask('POST', '/material/refresh', { body: {} });
  writeFileSync(registry, text);
  operatorKey = marker('next operator key');
  keep('api-keys', operatorKey, good);
  keep('signing', marker('next signing key'), signingKey);
  await control.fault({ service: 'postmark', operation: 'PUT /webhooks/{id}', kind: 'status', status: 422, errorCode: 1354, times: 1 });
  await ask('POST', '/webhook-credential/rotate', { key: good, body: {} });
  await ask('POST', '/material/re-encrypt', { body: {} });
  const [server] = (await control.state()).postmark.servers;
  const post = (path: string, given: unknown) =>
    fetch(`${postroute.ready.sandbox.control}${path}`, { method: 'POST', body: JSON.stringify(given) });
  await post('/postmark/token', { server: server?.ID, action: 'generate' });
  await ask('POST', '/webhook-credential/rotate', { body: {} });
  await until(
    'the rotation is over',
    async () => (await ask('GET', '/webhook-credential')).body as { running: boolean },
    ({ running }) => !running,
  );
  await send('acme', acme);
}

type Registry = { versions: Record<string, { wrappedKey: string; kmsKeyArn: string }> };
/** What only the service's memory and KMS ever have in the plain. */
async function plantDataKeys(): Promise<void> {
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const client = new KMSClient({ region: 'us-east-1', endpoint: postroute.ready.sandbox.kms, credentials });
  const { versions } = JSON.parse(readFileSync(join(postroute.ready.dataDir, 'material-registry.json'), 'utf8')) as Registry;
  for (const [keyVersionId, { wrappedKey, kmsKeyArn }] of Object.entries(versions)) {
    const { Plaintext } = await client.send(
      new DecryptCommand({
        KeyId: kmsKeyArn,
        CiphertextBlob: Buffer.from(wrappedKey, 'base64'),
        EncryptionContext: { partition: 'Alpha002-dev', keyVersionId, purpose: 'email-server-token' },
      }),
    );
    canary.plantBytes(`data key ${keyVersionId}`, Plaintext ?? new Uint8Array());
  }
  client.destroy();
}

test('no secret and no body is found in anything that came out of a run in which everything went wrong', async () => {
  // The account token is Postmark's own to begin with only after one that it refuses.
  const refused = await provision('refused');
  await untilStatus('refused', refused, 'MISSING');
  const { postmark } = (await (await fetch(`${postroute.ready.sandbox.control}/state`)).json()) as {
    postmark: { accountTokens: string[] };
  };
  keep('account', canary.plant('account token', postmark.accountTokens[0] ?? ''), marker('account token from before'));
  await ask('POST', '/material/refresh', { body: {} });

  const acme = await sender('acme');
  const hooks = await plantWhatPostmarkHolds();
  await send('acme', acme);
  await callbacksGoWrong(hooks);
  await callersGoWrong(acme);
  await everythingOutsideFails(acme);
  await databaseGoesWrong(acme);
  await secretsGoWrong(acme);
  for (const pid of postroute.ready.pids.service) postroute.kill(pid);
  await send('acme', acme);
  await control.advance(900);
  for (const { eId, tenantId } of await rows<{ eId: string; tenantId: string }>(
    'select e_id as "eId", tenant_id as "tenantId" from configuration',
  )) {
    await ask('GET', `/configuration/${eId}/history?limit=200`, { tenant: tenantId });
    await ask('GET', `/configuration/${eId}/explain`, { tenant: tenantId });
  }
  for (const path of ['/material', '/material/re-encrypt', '/webhook-credential', '/drift', '/job?limit=200'])
    await ask('GET', path, { tenant: 'acme' });
  await plantWhatPostmarkHolds();
  await plantDataKeys();

  const metrics = await (await fetch(`${postroute.ready.metrics}/metrics`)).text();
  const dump: Record<string, string> = {};
  for (const { name } of await rows<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  ))
    dump[name] = (await rows<{ row: string }>(`select t::text as row from "${name}" t`)).map(({ row }) => row).join('\n');
  // Sentry and the collector are told in groups.
  await until(
    'Sentry and the collector have been told',
    async () => [sink.received('/envelope').length, sink.received('/v1/traces').length],
    ([events = 0, spans = 0]) => events > 3 && spans > 3,
  );
  const log = postroute.log();

  const payloads = Object.entries(dump).filter(([name]) => name.startsWith('email_payload'));
  const others = Object.entries(dump).filter(([name]) => !name.startsWith('email_payload'));
  const haystacks: Record<string, string> = {
    log,
    sentry: sink.received('/envelope').join('\n'),
    traces: sink.received('/v1/traces').join('\n'),
    metrics,
    answers: answers.join('\n'),
    ...Object.fromEntries(others.map(([name, text]) => [`table ${name}`, text])),
  };
  const watched = ['log', 'sentry', 'traces', 'metrics'];
  expect(watched.flatMap((where) => addresses.foundIn(haystacks[where] ?? '').map((hit) => `${where}: ${hit}`))).toEqual([]);
  const found = Object.entries(haystacks).flatMap(([where, text]) =>
    [...canary.foundIn(text), ...bodies.foundIn(text)].map((hit) => `${where}: ${hit}`),
  );
  expect(found).toEqual([]);
  expect(payloads.flatMap(([, text]) => canary.foundIn(text))).toEqual([]);

  // That nothing was found means something only where there was something to find it in.
  expect(bodies.foundIn(payloads.map(([, text]) => text).join('\n')).length).toBeGreaterThan(2);
  expect(log).toMatch(/"level":"debug"/);
  const words = [
    'email.send',
    'process.trouble',
    'email.webhook.rejected',
    'email.material_registry.refresh.failed',
    'process.secrets.failed',
    'Query violates a check integrity constraint',
  ];
  expect(words.filter((word) => !log.includes(word))).toEqual([]);
  expect([answers.length > 80, answers.filter((answer) => answer.includes('/problems/')).length > 10, metrics.length > 1000]).toEqual([
    true,
    true,
    true,
  ]);
  console.info(`${canary.count + bodies.count} markers, ${log.length} characters of log, ${answers.length} answers: none found`);
});
