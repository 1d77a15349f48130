/**
 * A rolling update, and the way back, as the chart has it carried out: two replicas of the old version under load are replaced by two of the new one,
 * with a migration before the first; then the image is rolled back. Nobody notices.
 *
 * The way back is played where everything is required.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chartFolder } from '../../dev/chart/helm.ts';
import { fieldOf } from '../../dev/chart/manifests.ts';
import { render, type ValuesTree } from '../../dev/chart/render.ts';
import { isWholeSuite } from '../../dev/wholeSuite.ts';
import { operatorClient } from '../support/apiClient.ts';
import { type Postroute, startPostroute } from '../support/postroute.ts';
import { type Callers, startCallers } from './rollout/callers.ts';
import { type Front, openFront } from './rollout/front.ts';
import { nextVersion, type Pods, podsOf, type Stopped, thisVersion, type Version } from './rollout/pods.ts';
import { createActor } from './support/actor.ts';
import { type Control, controlOf } from './support/control.ts';
import { ask } from './support/rows.ts';
import { until } from './support/until.ts';

const limitMs = 240_000;
const readyLimitMs = 60_000;
/** A node's own tables follow the API's word within this part of preStop. */
const hearsAfterMs = 700;

const folder = mkdtempSync(join(tmpdir(), 'postroute-rollout-'));
let world: Postroute;
let front: Front;
let pods: Pods;
let control: Control;

const environmentOf = (file: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => (line.includes('=') ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]] : [])),
  );

/** What a deployer would write for a partition whose outside world is the sandbox. */
function valuesBeside(given: Record<string, string>, publicUrl: string): ValuesTree {
  return {
    partition: given['PARTITION'],
    mailZone: { id: given['EMAIL_MAIL_ZONE_ID'], name: given['EMAIL_MAIL_ZONE_NAME'] },
    webhook: { publicUrl },
    existingSecret: 'mail',
    apiKey: { existingSecret: 'mail-api-key' },
    material: { existingSecret: 'mail-material' },
    preStopSeconds: 1,
    settings: {
      log: { level: 'error' },
      postmark: { baseUrl: given['EMAIL_POSTMARK_BASE_URL'], requestsPerSecond: 500 },
      aws: { route53Endpoint: given['EMAIL_AWS_ROUTE53_ENDPOINT'], kmsEndpoint: given['EMAIL_AWS_KMS_ENDPOINT'] },
      route53: { requestsPerSecond: 500 },
      dns: { servers: [given['EMAIL_DNS_SERVERS']] },
    },
    extraEnv: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((name) => ({ name, value: given[name] })),
  };
}

const documentOf = (current: string | undefined): string => JSON.stringify({ current });

beforeAll(async () => {
  world = await startPostroute(['--no-service']);
  control = controlOf(world.ready.sandbox.control);
  const given = environmentOf(join(world.ready.dataDir, 'service.env'));
  front = await openFront(2);
  const { manifests } = await render(
    chartFolder,
    { name: 'rollout', release: 'postroute', values: valuesBeside(given, front.url) },
    folder,
  );
  const secrets = {
    mail: {
      databaseUrl: given['DATABASE_URL'] ?? '',
      'postmark.accountToken.json': documentOf(given['EMAIL_POSTMARK_ACCOUNT_TOKEN']),
      'webhook.signingKey.json': documentOf(given['EMAIL_WEBHOOK_SIGNING_KEY']),
    },
    'mail-api-key': { 'apiKey.json': documentOf(world.ready.apiKey) },
    'mail-material': { 'materialRegistry.json': readFileSync(given['EMAIL_MATERIAL_REGISTRY_FILE'] ?? '', 'utf8') },
  };
  pods = podsOf({ manifests, texts: { secrets }, front, folder, readyLimitMs });
}, limitMs);

afterAll(async () => {
  pods?.kill();
  await front?.close();
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
}, limitMs);

/** maxSurge 1, maxUnavailable 0: a new pod is ready before an old one is told to go. */
async function rollOut(version: Version): Promise<Stopped[]> {
  const old = [...pods.running()];
  const stopped: Stopped[] = [];
  for (const pod of old) {
    await pods.start(version);
    stopped.push(await pods.stop(pod, hearsAfterMs));
  }
  return stopped;
}

const schemaVersion = async (): Promise<number> =>
  (await ask<{ version: number }>(world.ready.databaseUrl, 'select max(version)::int as version from schema_migration'))[0]?.version ?? 0;

/** Whatever was accepted so far has been delivered, once each, and the webhooks have said so; one that was cut is repeated after a minute. */
async function everythingArrived(callers: Callers): Promise<void> {
  const accepted = callers.accepted();
  await until(
    'every job is delivered',
    () =>
      ask<{ status: string; count: number }>(
        world.ready.databaseUrl,
        'select status, count(*)::int as count from email_job group by status',
      ),
    (rows) => rows.length === 1 && rows[0]?.status === 'DELIVERED',
    90_000,
  );
  const mail = await control.mail();
  const sentFor = mail.map((message) => String(fieldOf(message, 'Metadata', 'jobId')));
  expect(new Set(accepted).size).toBe(accepted.length);
  expect(sentFor.toSorted()).toEqual(accepted.toSorted());
}

test('two replicas are replaced by two of a newer version and back again, with a migration between, and no caller or recipient notices', {
  timeout: limitMs,
}, async () => {
  await pods.start(thisVersion);
  await pods.start(thisVersion);
  const api = operatorClient(front.url, world.ready.apiKey);
  const senders = await Promise.all([1, 2, 3].map(() => createActor({ api, control }, { provision: true })));
  for (const each of senders) await each.unlocked();
  const callers = startCallers({ url: front.url, apiKey: world.ready.apiKey, senders, keptConnections: 7, newConnections: 1 });
  const before = await schemaVersion();
  const acceptedBefore = callers.accepted().length;

  const next = nextVersion(join(folder, 'next'), 'alter table configuration add column of_the_next_version text;\n');
  const provisioned = createActor({ api, control }, { provision: true });
  const updated = await rollOut(next);
  expect(await schemaVersion()).toBe(before + 1);
  const acceptedByNow = callers.accepted().length;

  const rolledBack = isWholeSuite ? await rollOut(thisVersion) : [];
  expect(await schemaVersion()).toBe(before + 1);
  await callers.stop();

  expect(callers.failures()).toEqual([]);
  expect(front.refused()).toBe(0);
  expect([...updated, ...rolledBack].map(({ end }) => end)).toEqual(Array(isWholeSuite ? 4 : 2).fill('exit code 0'));
  expect(acceptedByNow).toBeGreaterThan(acceptedBefore + 50);
  if (isWholeSuite) expect(callers.accepted().length).toBeGreaterThan(acceptedByNow + 50);
  await everythingArrived(callers);
  await (await provisioned).untilStatus('LOCKED');
  const seconds = [...updated, ...rolledBack].map((each) => each.seconds.toFixed(1)).join(', ');
  console.info(
    `${callers.accepted().length} messages through ${isWholeSuite ? 'an update and a rollback' : 'an update'}, none failed, lost or doubled; the stops took ${seconds} s`,
  );
});
