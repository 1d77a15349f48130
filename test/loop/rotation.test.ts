/**
 * Every secret is rotated under load, and replicas are killed meanwhile: no callback is lost, no send fails, and nothing is left of what was replaced. The
 * tenants mail all the time, and Postmark calls back for each message.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWholeSuite } from '../../dev/wholeSuite.ts';
import { headerOf } from '../../service/core/material/envelope.ts';
import type { MaterialStatus, ReEncryptionStatus, WebhookCredentialStatus } from '../../service/http/materialStatus.ts';
import { openMaterialDocument } from '../../service/wiring/materialDocument.ts';
import { fingerprintOf } from '../../service/work/fingerprint.ts';
import { awsCredentialsOfNobody } from '../ports/support/outside.ts';
import { operatorClient } from '../support/apiClient.ts';
import { type Sender, type Traffic, traffic } from './support/traffic.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const tenants = isWholeSuite ? 200 : 10;

/** The keys' encryption context says it. */
const partition = 'Rotation001-dev';

const folder = mkdtempSync(join(tmpdir(), 'postroute-rotation-'));
const keysFile = join(folder, 'api-keys.json');
const signingFile = join(folder, 'signing-keys.json');
let apiKey = 'operator-key-1';
const signingKeys = ['signing-key-1', 'signing-key-2'] as const;
const keep = (file: string, current: string, previous?: string): void => writeFileSync(file, JSON.stringify({ current, previous }));
keep(keysFile, apiKey);
keep(signingFile, signingKeys[0]);

const world = sharedWorld(['--replicas', '2', '--restart'], {
  ARDA_API_KEY_FILE: keysFile,
  EMAIL_WEBHOOK_SIGNING_KEY_FILE: signingFile,
  EMAIL_WORK_LEASE_SECONDS: '2',
  PARTITION: partition,
  EMAIL_LOG_LEVEL: 'fatal',
});

let database: Client;
let senders: Sender[];
let load: Traffic;

/** By whichever replica lives; 503 is asked again. */
const answered = async (method: 'GET' | 'POST', path: string, key = apiKey): Promise<{ status: number; body: unknown }> => {
  for (let replica = 0; ; replica = 1 - replica) {
    const answer = await operatorClient(world().ready.services[replica] ?? '', key)
      .call(method, path, method === 'POST' ? { body: {} } : {})
      .catch(() => null);
    if (answer !== null && answer.status !== 503) return answer;
    await pause(20);
  }
};
const ask = async <T>(method: 'GET' | 'POST', path: string): Promise<T> => {
  const { status, body } = await answered(method, path);
  if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(body)}`);
  return body as T;
};
const rows = async <T extends object>(sql: string, values: unknown[] = []): Promise<T[]> => (await database.query<T>(sql, values)).rows;

/** The pid stands in the name under which each process reports itself. */
async function killOne(): Promise<void> {
  const { processes } = await ask<MaterialStatus>('GET', '/material');
  const pid = Number(processes.at(-1)?.process.split(':')[1]);
  world().kill(pid);
}

const over = <T extends { running: boolean }>(path: string): Promise<T> =>
  until(
    `${path} is over`,
    () => ask<T>('GET', path),
    ({ running }) => !running,
    60_000,
  );

beforeAll(async () => {
  awsCredentialsOfNobody();
  database = new Client({ connectionString: world().ready.databaseUrl });
  await database.connect();
  senders = [];
  for (let made = 0; made < tenants; made += 10) {
    const actors = await Promise.all(Array.from({ length: Math.min(10, tenants - made) }, () => world().sender()));
    senders.push(...actors.map(({ tenant, eId }) => ({ tenant, eId })));
  }
  load = traffic({ services: world().ready.services, senders, key: () => apiKey });
}, 300_000);
afterAll(async () => {
  await load?.stop();
  await database?.end();
  rmSync(folder, { recursive: true, force: true });
});

test('a key version: every secret is sealed anew while a replica dies, and the old version is retired', async () => {
  const { ready } = world();
  const file = join(ready.dataDir, 'material-registry.json');
  const document = openMaterialDocument({ file }, { region: 'us-east-1', timeoutMs: 10_000, kmsEndpoint: ready.sandbox.kms });
  const before = await ask<MaterialStatus>('GET', '/material');
  const old = before.current ?? '';
  const added = await document.addVersion({ partition, kmsKeyArn: null });
  if (added.kind !== 'added') throw new Error(added.detail);

  // Who does not say so within the call's own patience is shown as behind, which a busy machine may be.
  const refreshed = await until(
    'both processes have read it',
    () => ask<MaterialStatus>('POST', '/material/refresh'),
    ({ processes }) => processes.length === 2 && processes.every(({ current, upToDate }) => upToDate && current === added.keyVersionId),
  );
  expect(await document.retire(old, refreshed)).toMatchObject({ kind: 'refused', code: 'rows_name_it' });
  await ask('POST', '/material/re-encrypt');
  await killOne();
  const { done, total, stale } = await over<ReEncryptionStatus>('/material/re-encrypt');
  expect({ done, stale }).toEqual({ done: total, stale: [] });
  expect(total).toBe(tenants);

  const retired = await until(
    'the old version may be retired',
    async () => document.retire(old, await ask<MaterialStatus>('GET', '/material')),
    ({ kind }) => kind === 'retired',
  );
  expect(retired).toEqual({ kind: 'retired', versions: 1 });
  document.close();
  const after = await ask<MaterialStatus>('POST', '/material/refresh');
  expect(after.versions.map(({ keyVersionId, rows: count, loaded }) => ({ keyVersionId, rows: count, loaded }))).toEqual([
    { keyVersionId: added.keyVersionId, rows: tenants, loaded: true },
  ]);
  expect(await anywhere(headerOf(old))).toEqual([]);
});

test('the operator key: every webhook presents the new one while a replica dies, and the old one is withdrawn', async () => {
  const [before, after] = [apiKey, 'operator-key-2'];
  keep(keysFile, after, before);
  await ask('POST', '/webhook-credential/rotate');
  await everyProcessHoldsThem();
  apiKey = after;
  await killOne();
  await over('/webhook-credential');
  const status = await complete();
  expect(status).toMatchObject({ done: tenants, total: tenants, stale: [], currentKeyFingerprint: fingerprintOf(after) });
  keep(keysFile, after);
  await ask('POST', '/material/refresh');
  expect(await presentedAtPostmark('authorization')).toEqual([`Bearer ${after}`]);
  await until(
    'the old key is refused',
    () => answered('GET', '/material', before),
    ({ status: code }) => code === 401,
  );
});

test('the signing key: every signature is made with the new one while a replica dies, and the old one is withdrawn', async () => {
  const [before, after] = signingKeys;
  const signatures = await presentedAtPostmark('x-postroute-signature');
  keep(signingFile, after, before);
  await ask('POST', '/webhook-credential/rotate');
  await killOne();
  await over('/webhook-credential');
  expect(await complete()).toMatchObject({ done: tenants, stale: [], currentSigningKeyFingerprint: fingerprintOf(after) });
  keep(signingFile, after);
  await ask('POST', '/material/refresh');
  const now = await presentedAtPostmark('x-postroute-signature');
  expect([now.length, now.filter((signature) => signatures.includes(signature))]).toEqual([tenants, []]);
});

test('through all of it no send failed and no callback was lost: each message that was accepted is delivered, once', async () => {
  await load.stop();
  const accepted = new Set(load.accepted());
  // Postmark's retries of what was answered 503, or to a replica that had just died; and what that replica had under way is held, and looked for.
  const left = async () => {
    await world().control.advance(900);
    return rows<{ status: string; n: number }>('select status, count(*)::int as n from email_job group by status order by status');
  };
  const all = await until('all are delivered', left, (counts) => counts.every(({ status }) => status === 'DELIVERED'), 60_000);
  expect([all, load.refusals()]).toEqual([[{ status: 'DELIVERED', n: accepted.size }], []]);
  const [callbacks] = await rows<{ n: number }>(
    `select count(distinct job_e_id)::int as n from email_event where record_type = 'Delivery'`,
  );
  expect(callbacks?.n).toBe(accepted.size);
  const [failures] = await rows<{ n: number }>(
    `select count(*)::int as n from configuration where failure_count > 0 or operational <> 'OK'`,
  );
  expect(failures?.n).toBe(0);
  const mail = await world().control.mail();
  expect(new Set(mail.map(({ Metadata }) => Metadata['jobId'])).size).toBe(mail.length);
  console.info(`${accepted.size} messages of ${tenants} tenants through three rotations and three kills, every one delivered`);
});

/** Callers move to a key that every process accepts. */
const everyProcessHoldsThem = () =>
  until(
    'every process holds the new secrets',
    () => ask<WebhookCredentialStatus>('GET', '/webhook-credential'),
    ({ staleProcesses }) => staleProcesses.length === 0,
  );

async function complete(): Promise<WebhookCredentialStatus> {
  return until(
    'the proof',
    () => ask<WebhookCredentialStatus>('GET', '/webhook-credential'),
    ({ proof }) => proof.complete,
    30_000,
  );
}

async function presentedAtPostmark(header: string): Promise<string[]> {
  const { postmark } = await world().control.state();
  const values = postmark.servers.flatMap(({ webhooks }) =>
    webhooks.flatMap(({ HttpHeaders }) => HttpHeaders.filter(({ Name }) => Name.toLowerCase() === header).map(({ Value }) => Value)),
  );
  return [...new Set(values)];
}

/** Tables with a row in which this text stands. */
async function anywhere(text: string): Promise<string[]> {
  const tables = await rows<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [hit] = await rows<{ n: number }>(`select count(*)::int as n from "${name}" t where position($1 in t::text) > 0`, [text]);
    if ((hit?.n ?? 0) > 0) found.push(name);
  }
  return found;
}
