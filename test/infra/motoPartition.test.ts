/**
 * From an empty account to a configuration that is verified, and back: the pages of the runbooks, run against an emulated AWS. The service runs as the
 * chart starts it, with the stack's Route 53 and KMS, and only Postmark is the sandbox's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPartitions } from '../../config/partitions.ts';
import { parseManifests } from '../../dev/chart/manifests.ts';
import { podStart } from '../../dev/chart/podStart.ts';
import { checkout } from '../../dev/tool.ts';
import { isWholeSuite } from '../../dev/wholeSuite.ts';
import { installationApp } from '../../infra/installationApp.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { readPage } from '../docs/support/page.ts';
import { type ApiClient, operatorClient } from '../support/apiClient.ts';
import { awsRequestOf } from '../support/awsCalls.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { evaluate, type PolicyDocument } from '../support/iamPolicy.ts';
import { laneProgram } from '../support/lane.ts';
import { type Moto, motoPython, startMoto } from '../support/moto.ts';
import { type RecordingProxy, recordingProxy } from '../support/recordingProxy.ts';
import { type Deployer, deployer } from './support/deployer.ts';

const limitMs = 240_000;
const PARTITION = 'Alpha002-dev';
const accounts = { partition: '100000000012', root: '100000000001' };
/** Half a minute on two cores, and as much again to install moto the first time: where everything is required, or on request. */
const python = isWholeSuite || process.env['POSTROUTE_LANES'] === 'moto' ? motoPython() : null;
const aws = python === null ? null : laneProgram('aws');

describe.skipIf(python === null || aws === null)('a partition, in an emulated AWS', () => {
  let folder: string;
  let moto: Moto;
  let shell: Deployer;
  let sandbox: Sandbox;
  let database: TestDatabase;
  let proxy: RecordingProxy;
  let values: string;
  const children: ChildProcess[] = [];
  const used = new Set<string>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postroute-moto-'));
    values = join(folder, 'values.yaml');
    shell = deployer(folder);
    database = await createTestDatabase();
    [moto, sandbox] = await Promise.all([startMoto(python ?? ''), startSandbox({ zone: 'dev.ardamails.com' })]);
    proxy = await recordingProxy(moto.url);
    synthesise([]);
  }, limitMs);
  afterAll(async () => {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map((child) => child.exitCode ?? new Promise((resolve) => child.once('exit', resolve))));
    await proxy?.close();
    await sandbox?.close();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, limitMs);

  /** As `npm run synth` does, which a test of its own runs. */
  function synthesise(nameServers: readonly string[]): void {
    const { mailRoots, partitions } = loadPartitions();
    const changed = partitions.map((each) => (each.name === PARTITION ? { ...each, nameServers } : each));
    const context = { '@aws-cdk/core:validateAgainstDefaultRules': false };
    installationApp({ mailRoots, partitions: changed }, { outdir: shell.assembly, context }).synth();
  }

  /** The n-th block of sh of a page below this heading. */
  async function paste(page: string, heading: string, index: number, account: string, more: Record<string, string> = {}): Promise<string> {
    const block = readPage(`runbooks/${page}.md`).blocks.filter((each) => each.heading === heading)[index];
    if (block === undefined) throw new Error(`runbooks/${page}.md has no block ${index} below ${heading}`);
    used.add(block.text);
    // The values file of the checkout is the deployer's own; this one is the test's.
    const text = block.text.replaceAll('npm run values -- ', `npm run values -- --file "${values}" `);
    return shell.run(text, await moto.environmentOf(account), { PARTITION, VALUES_FILE: values, ...more });
  }

  const exported = async (): Promise<Record<string, string>> => {
    const list = 'aws cloudformation list-exports --query "Exports[].[Name,Value]" --output json';
    const pairs: [string, string][] = JSON.parse(await shell.run(list, await moto.environmentOf(accounts.partition)));
    return Object.fromEntries(pairs.map(([name, value]) => [name.replace(`${PARTITION}-API-`, ''), value]));
  };

  const freePort = (): Promise<number> =>
    new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
      });
    });

  /** What a deployer adds: here, the addresses of what is emulated, and a pace for tests. */
  const own = async (): Promise<Record<string, unknown>> => ({
    existingSecret: 'mail',
    settings: {
      http: { port: await freePort() },
      metrics: { port: await freePort() },
      postmark: { baseUrl: sandbox.addresses.postmark, requestsPerSecond: 500 },
      aws: { route53Endpoint: proxy.url, kmsEndpoint: proxy.url },
      dns: { servers: [sandbox.addresses.dns] },
      route53: { insyncPollMs: 50 },
      verification: { pollingIntervalSeconds: 1 },
    },
  });

  /** The processes that the pods of the chart would run, with the environment and the files that they would have. */
  async function startPod(role: string, store: Readonly<Record<string, string>>): Promise<string> {
    const secrets = { mail: { databaseUrl: database.url } };
    const manifests = parseManifests(readFileSync(shell.rendered, 'utf8'));
    const start = podStart({ manifests, role, folder: join(folder, role), secrets, store });
    const credentials = await moto.environmentOf(accounts.partition);
    const { AWS_ENDPOINT_URL: _elsewhere, ...identity } = credentials;
    const child = spawn(process.execPath, [...start.args], {
      cwd: checkout,
      env: { PATH: process.env['PATH'], ...identity, ...start.env },
    });
    children.push(child);
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const ended = new Promise<null>((resolve) => child.once('exit', () => resolve(null)));
    const line = await Promise.race([
      new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
      ended,
    ]);
    if (line === null) throw new Error(`the pod of ${role} ended:\n${log}`);
    return JSON.parse(line).url;
  }

  let api: ApiClient;
  let published: Record<string, string>;

  describe('new-partition', () => {
    test('the stack, unchanged, makes everything and publishes it', { timeout: limitMs }, async () => {
      used.add(readPage('runbooks/new-partition.md').blocks[0]?.text ?? '');
      const servers = (await paste('new-partition', 'Steps', 1, accounts.partition)).split('\n').filter((line) => /^ns-/.test(line));
      expect(servers).toHaveLength(4);
      published = await exported();
      expect(Object.keys(published)).toHaveLength(8);
      synthesise(servers);
    });

    test('the root zone delegates to it, the empty secrets are filled, and the chart is rendered', {
      timeout: limitMs,
    }, async () => {
      await paste('new-partition', 'Steps', 2, accounts.root, { MAIL_ROOT_STACK: 'ardamails-com-MailRoot' });
      const POSTMARK_ACCOUNT_TOKEN = sandbox.accountToken;
      const filled = await paste('new-partition', 'Steps', 3, accounts.partition, { POSTMARK_ACCOUNT_TOKEN });
      expect(filled).toMatch(
        new RegExp(`^${PARTITION}/email/postmark-account-token\\nadded [0-9a-f-]{36}; before it there was none, now 1 version`),
      );
      const OWN_VALUES = join(folder, 'own.json');
      writeFileSync(OWN_VALUES, JSON.stringify(await own()));
      await paste('new-partition', 'Steps', 4, accounts.partition, { OWN_VALUES });
      const check = await paste('new-partition', 'Check', 0, accounts.partition);
      expect(check).toMatch(/^60\n.*says what Alpha002-dev publishes\n$/);
    });
  });

  test('the service starts with exactly that configuration, and a domain is verified', { timeout: limitMs }, async () => {
    const store = await secretTexts();
    const url = await startPod('api', store);
    // The two pods have machines of their own; here they share one.
    writeFileSync(join(folder, 'own.json'), JSON.stringify(await own()));
    await paste('new-partition', 'Steps', 4, accounts.partition, { OWN_VALUES: join(folder, 'own.json') });
    await startPod('worker', store);
    api = operatorClient(url.replace('0.0.0.0', '127.0.0.1'), JSON.parse(store[published['EmailApiKeysArn'] ?? ''] ?? '').current);
    const { body: made } = await api.post('/configuration', {
      sendingDomainSlug: 'acme',
      signatureRequest: { fromName: 'Acme' },
      provision: true,
    });
    const { eId } = made as { eId: string };
    const read = async () => (await api.get(`/configuration/${eId}`)).body as { status: string; dns: DnsRecord[] };
    await expect.poll(async () => (await read()).status, { timeout: 60_000, interval: 200 }).toBe('AWAITING_VERIFICATION');
    const { dns } = await read();
    expect(await recordsInZone()).toEqual(dns.map(({ name, type, ttl, value }) => ({ name, type, ttl, value })).sort(byName));
    // moto has a zone and no name server; the sandbox's stands in for it.
    for (const { name, type, ttl, value } of dns)
      await fetch(`${sandbox.addresses.control}/route53/record`, {
        method: 'POST',
        body: JSON.stringify({ action: 'UPSERT', name, type, ttl, values: [value] }),
      });
    await expect.poll(async () => (await read()).status, { timeout: 60_000, interval: 200 }).toBe('LOCKED');
  });

  type DnsRecord = { name: string; type: string; ttl: number; value: string };
  const byName = (left: DnsRecord, right: DnsRecord): number => (left.name < right.name ? -1 : 1);

  async function secretTexts(): Promise<Record<string, string>> {
    const arns = Object.values(published).filter((value) => value.includes(':secretsmanager:'));
    const read = 'aws secretsmanager get-secret-value --secret-id "$SECRET" --query SecretString --output text';
    const account = await moto.environmentOf(accounts.partition);
    const texts = await Promise.all(arns.map((SECRET) => shell.run(read, account, { SECRET })));
    return Object.fromEntries(arns.map((each, at) => [each, (texts[at] ?? '').trim()]));
  }

  async function recordsInZone(): Promise<DnsRecord[]> {
    const list = 'aws route53 list-resource-record-sets --hosted-zone-id "$ZONE" --query "ResourceRecordSets" --output json';
    const all: { Name: string; Type: string; TTL: number; ResourceRecords: { Value: string }[] }[] = JSON.parse(
      await shell.run(list, await moto.environmentOf(accounts.partition), { ZONE: published['PartitionMailZoneId'] ?? '' }),
    );
    const plain = (value: string): string => value.replaceAll('" "', '').replaceAll('"', '');
    return all
      .filter(({ Name }) => Name.includes('acme'))
      .map(({ Name, Type, TTL, ResourceRecords }) => ({
        ...{ name: Name.replace(/\.$/, ''), type: Type, ttl: Number(TTL) },
        value: plain(ResourceRecords[0]?.Value ?? ''),
      }))
      .sort(byName);
  }

  test('every call that the service made is one that the deployed role allows', { timeout: limitMs }, async () => {
    const account = await moto.environmentOf(accounts.partition);
    const ROLE = `${PARTITION}-EmailService`;
    const [policyName = ''] = JSON.parse(
      await shell.run('aws iam list-role-policies --role-name "$ROLE" --query PolicyNames --output json', account, { ROLE }),
    );
    const read = 'aws iam get-role-policy --role-name "$ROLE" --policy-name "$POLICY" --query PolicyDocument --output json';
    const policy: PolicyDocument = JSON.parse(await shell.run(read, account, { ROLE, POLICY: policyName }));
    const asked = proxy.calls.map((call) => awsRequestOf(call, { account: accounts.partition, region: 'us-east-1' }));
    const refused = asked.filter((request) => evaluate([policy], request).effect !== 'allowed');
    expect(refused).toEqual([]);
    expect([...new Set(asked.map(({ action }) => action))]).toEqual(
      expect.arrayContaining(['kms:Decrypt', 'route53:ChangeResourceRecordSets', 'route53:GetChange']),
    );
  });

  describe('encryption-key-endangered', () => {
    test('sees that the key is about to go, takes that back, and the key works again', { timeout: limitMs }, async () => {
      const on = (heading: string, index: number) => paste('encryption-key-endangered', heading, index, accounts.partition);
      const schedule = `key="$(aws kms describe-key --key-id "alias/${PARTITION}-email" --query KeyMetadata.KeyId --output text)"
        aws kms schedule-key-deletion --key-id "$key"`;
      await shell.run(schedule, await moto.environmentOf(accounts.partition));
      expect(await on('Diagnosis', 0)).toBe('PendingDeletion\n');
      expect(await on('Mitigation', 0)).toMatch(/\nEnabled\n$/);
      expect(await on('Mitigation', 1)).toContain(published['EmailEncryptionKeyArn']);
    });
  });

  describe('partition-removal', () => {
    test('nothing of it is left, and what could be needed once more waits thirty days', { timeout: limitMs }, async () => {
      const { items } = (await api.get('/configuration')).body as { items: { eId: string }[] };
      const records = await recordsInZone();
      expect(records).toHaveLength(2);
      for (const { eId } of items) await api.post(`/configuration/${eId}/remove`, { reason: 'the partition goes' });
      const statuses = async () =>
        ((await api.get('/configuration')).body as { items: { status: string }[] }).items.map(({ status }) => status);
      // The sandbox's name server must stop answering too before the service lets go of the domain.
      for (const { name, type } of records)
        await fetch(`${sandbox.addresses.control}/route53/record`, {
          method: 'POST',
          body: JSON.stringify({ action: 'DELETE', name, type }),
        });
      await expect.poll(statuses, { timeout: 60_000, interval: 200 }).toEqual(['REMOVED']);
      const names = { ZONE: published['PartitionMailZoneId'] ?? '', ZONE_NAME: 'dev.ardamails.com', MAIL_ROOT: 'ardamails.com' };
      const step = (index: number, account = accounts.partition) => paste('partition-removal', 'Steps', index, account, names);
      expect((await step(0)).trim()).toBe('');
      expect(await step(1, accounts.root)).toMatch(/PENDING|INSYNC/);
      await step(2);
      await step(3);
      expect(await step(4)).toContain('material-registry');
      const state = `aws kms describe-key --key-id "alias/${PARTITION}-email" --query KeyMetadata.KeyState --output text`;
      expect((await shell.run(state, await moto.environmentOf(accounts.partition))).trim()).toBe('PendingDeletion');
      expect((await paste('partition-removal', 'Check', 0, accounts.partition, names)).trim()).toBe('');
      const delegations =
        'aws route53 list-resource-record-sets --hosted-zone-id "$(aws route53 list-hosted-zones --query "HostedZones[0].Id" --output text)" --query "ResourceRecordSets[?Type==\'NS\'].Name" --output text';
      expect((await shell.run(delegations, await moto.environmentOf(accounts.root))).trim()).toBe('ardamails.com.');
    });
  });

  test('no page has a command that was not run here', () => {
    const all = ['new-partition', 'encryption-key-endangered', 'partition-removal'].flatMap(
      (page) => readPage(`runbooks/${page}.md`).blocks,
    );
    expect(all.filter(({ language, text }) => language === 'sh' && !used.has(text))).toEqual([]);
  });
});
