import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { returnPathDomainOf, returnPathTarget, sendingDomainOf } from '../../service/core/configuration/names.ts';
import { wrappingContext } from '../../service/core/material/registry.ts';
import { kms } from '../../service/ports/kms.ts';
import type { ZoneChange } from '../../service/ports/ports.ts';
import { route53 } from '../../service/ports/route53.ts';
import { awsRequestOf, normalizedName, type WireCall } from '../support/awsCalls.ts';
import { type AwsRequest, evaluate } from '../support/iamPolicy.ts';
import { type RecordingProxy, recordingProxy } from '../support/recordingProxy.ts';
import { onePartition, policiesOf, synthesise, theOne } from '../support/synthesised.ts';

const place = { account: '100000000012', region: 'us-east-1' };
const zoneName = 'dev.ardamails.com';
const partition = 'Alpha002-dev';
let sandbox: Sandbox;
let proxies: { route53: RecordingProxy; kms: RecordingProxy };
let policies: ReturnType<typeof policiesOf>;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  sandbox = await startSandbox({ zone: zoneName });
  proxies = { route53: await recordingProxy(sandbox.addresses.route53), kms: await recordingProxy(sandbox.addresses.kms) };
  const template = synthesise(onePartition())['Alpha002-dev-Email'] ?? { Resources: {} };
  policies = policiesOf(template, '/Service/Role/', {
    [theOne(template, 'AWS::Route53::HostedZone').id]: sandbox.zoneId,
    [`${theOne(template, 'AWS::KMS::Key').id}.Arn`]: sandbox.kmsKeyArn,
  });
}, 60_000);
afterAll(async () => {
  await proxies?.route53.close();
  await proxies?.kms.close();
  await sandbox?.close();
  vi.unstubAllEnvs();
});

const effectOf = (call: WireCall) => evaluate(policies, awsRequestOf(call, place)).effect;
const domain = sendingDomainOf('acme', zoneName);
const dkim = (action: ZoneChange['action'], name = `20261122pm._domainkey.${domain}`): ZoneChange => ({
  action,
  record: { name, type: 'TXT', ttl: 300, values: ['k=rsa;p=MIG'] },
});
const returnPath = (action: ZoneChange['action']): ZoneChange => ({
  action,
  record: { name: returnPathDomainOf(domain), type: 'CNAME', ttl: 300, values: [returnPathTarget] },
});

/** The service's own adapters, over the wire. */
async function recordCalls(): Promise<WireCall[]> {
  const zone = route53({ endpoint: proxies.route53.url, timeoutMs: 5000 });
  const keys = kms({ endpoint: proxies.kms.url, region: place.region, timeoutMs: 5000 });
  // A batch holds whatever tenants asked for within a moment: both types, and both actions.
  const { changeId } = await zone.change(sandbox.zoneId, [dkim('UPSERT'), returnPath('UPSERT')]);
  await zone.changeStatus(changeId);
  await zone.change(sandbox.zoneId, [
    dkim('DELETE'),
    returnPath('DELETE'),
    dkim('UPSERT', `k2._domainkey.${sendingDomainOf('b', zoneName)}`),
  ]);
  await zone.listRecords(sandbox.zoneId, null);
  await zone.nameServers(sandbox.zoneId);
  const context = wrappingContext(partition, '01987654-3210-7000-8000-000000000000');
  const { wrapped } = await keys.generateDataKey(sandbox.kmsKeyArn, context);
  await keys.unwrap(sandbox.kmsKeyArn, wrapped, context);
  zone.close();
  keys.close();
  return [...proxies.route53.calls.splice(0), ...proxies.kms.calls.splice(0)];
}

/** Every command of the two clients that the service's code imports. */
function commandsInTheCode(): string[] {
  const files = readdirSync('service', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const imports = files.flatMap((file) => [
    ...readFileSync(`service/${file}`, 'utf8').matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-(?:route-53|kms)'/g),
  ]);
  return [...new Set(imports.flatMap(([, names = '']) => names.match(/\b\w+(?=Command\b)/g) ?? []))].sort();
}

describe('the role of the service', () => {
  test('may make every call that the service makes, and the calls held against it are all there are', async () => {
    const calls = await recordCalls();
    expect(
      calls.map((call) => ({ call: `${call.method} ${call.path}`, effect: effectOf(call) })).filter(({ effect }) => effect !== 'allowed'),
    ).toEqual([]);
    const actions = calls.map((call) => awsRequestOf(call, place).action.replace(/^\w+:/, ''));
    expect([...new Set(actions)].sort()).toEqual(commandsInTheCode());
  });

  const change = (names: string[], more: Partial<AwsRequest> = {}, types = ['TXT'], actions = ['UPSERT']): AwsRequest => ({
    action: 'route53:ChangeResourceRecordSets',
    resource: `arn:aws:route53:::hostedzone/${sandbox.zoneId}`,
    context: {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': names.map(normalizedName),
      'route53:ChangeResourceRecordSetsRecordTypes': types,
      'route53:ChangeResourceRecordSetsActions': actions,
    },
    ...more,
  });
  const tenants = `x._domainkey.${domain}`;

  test.each<[string, () => AwsRequest]>([
    ["another record of a tenant's domain", () => change([domain])],
    ["a neighbour's record beside the patterns", () => change([`www.${domain}`])],
    ["a tenant's own DMARC", () => change([`_dmarc.${domain}`])],
    ['one record outside the patterns among tenants’ records', () => change([tenants, `www.${domain}`])],
    ['the apex', () => change([zoneName])],
    ['the DMARC record of the apex', () => change([`_dmarc.${zoneName}`])],
    ['the DKIM of the apex', () => change([`x._domainkey.${zoneName}`])],
    ['the Return-Path of the apex', () => change([`pm-bounces.${zoneName}`], {}, ['CNAME'])],
    ['a wildcard that would answer for every tenant', () => change([`*.${zoneName}`])],
    ['an NS record under a DKIM name', () => change([tenants], {}, ['NS'])],
    ['an address under a Return-Path name', () => change([`pm-bounces.${domain}`], {}, ['A'])],
    ['a CREATE, which would fail on a repeat', () => change([tenants], {}, ['TXT'], ['CREATE'])],
    ['the same names in another zone', () => change([tenants], { resource: 'arn:aws:route53:::hostedzone/ZNEIGHBOUR' })],
    ['another mail root', () => change(['x._domainkey.acme.prod.ardamails.com'])],
    ['a change that says nothing of itself', () => change([tenants], { context: {} })],
    [
      'reading another zone',
      () => change([], { action: 'route53:ListResourceRecordSets', resource: 'arn:aws:route53:::hostedzone/ZNEIGHBOUR' }),
    ],
    ['deleting the zone', () => change([], { action: 'route53:DeleteHostedZone' })],
  ])('may not change %s', (_name, request) => {
    expect(evaluate(policies, request()).effect).toBe('denied');
  });

  test('is denied the apex by name, whatever else it is given one day', () => {
    const wide = { Version: '2012-10-17', Statement: [{ Effect: 'Allow' as const, Action: 'route53:*', Resource: '*' }] };
    expect(evaluate([...policies, wide], change([zoneName])).by).toBe('NeverTheApex');
    expect(evaluate([...policies, wide], change([tenants, `_dmarc.${zoneName}`])).by).toBe('NeverTheApex');
  });

  const decrypt = (context: Record<string, string>, more: Partial<AwsRequest> = {}): AwsRequest => ({
    action: 'kms:Decrypt',
    resource: sandbox.kmsKeyArn,
    context: {
      ...Object.fromEntries(Object.entries(context).map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
      ...(Object.keys(context).length === 0 ? {} : { 'kms:EncryptionContextKeys': Object.keys(context) }),
    },
    ...more,
  });
  const own = wrappingContext(partition, 'v');

  test.each<[string, () => AwsRequest]>([
    ["another partition's data key, though it was wrapped with this key", () => decrypt(wrappingContext('Alpha002-stage', 'v'))],
    ["another partition's KMS key", () => decrypt(own, { resource: 'arn:aws:kms:us-east-1:100000000012:key/neighbour' })],
    ['something without a context', () => decrypt({})],
    ['something for another purpose', () => decrypt({ ...own, purpose: 'something-else' })],
    ['something with more in its context', () => decrypt({ ...own, tenant: 'acme' })],
    ['a key without its context', () => decrypt({}, { action: 'kms:GenerateDataKey' })],
    ['the key itself', () => decrypt(own, { action: 'kms:ScheduleKeyDeletion' })],
    ['the key’s policy', () => decrypt(own, { action: 'kms:PutKeyPolicy' })],
  ])('may not open, make or harm %s', (_name, request) => {
    expect(evaluate(policies, request()).effect).toBe('denied');
  });

  test("is denied another partition's context by name, whatever else it is given one day", () => {
    const wide = { Version: '2012-10-17', Statement: [{ Effect: 'Allow' as const, Action: 'kms:*', Resource: '*' }] };
    expect(evaluate([...policies, wide], decrypt(wrappingContext('Alpha002-stage', 'v'))).by).toBe('NeverAnotherPartition');
  });

  test('reads its secrets by itself only where the pod mounts them, and then these four alone', () => {
    const read = (secret: string): AwsRequest => ({ action: 'secretsmanager:GetSecretValue', resource: secret, context: {} });
    const template = synthesise(onePartition({ secretAccess: 'csi' }))['Alpha002-dev-Email'] ?? { Resources: {} };
    const secrets = ['PostmarkAccountToken', 'ApiKeys', 'WebhookSigningKey', 'MaterialRegistry'].map(
      (name) => theOne(template, 'AWS::SecretsManager::Secret', name).id,
    );
    const withSecrets = policiesOf(template, '/Service/Role/');
    expect(secrets.map((secret) => evaluate(withSecrets, read(secret)).effect)).toEqual(Array(4).fill('allowed'));
    expect(evaluate(withSecrets, read('another')).effect).toBe('denied');
    expect(secrets.map((secret) => evaluate(policies, read(secret)).effect)).toEqual(Array(4).fill('denied'));
  });
});

test('the function that delegates may write the NS record of its partition and no other', () => {
  const template = synthesise(onePartition({ delegation: 'custom-resource' }))['ardamails-com-MailRoot'] ?? { Resources: {} };
  const delegation = policiesOf(template, 'Delegation', { [theOne(template, 'AWS::Route53::HostedZone').id]: 'ZROOT' });
  const write = (name: string, type: string): AwsRequest => ({
    action: 'route53:ChangeResourceRecordSets',
    resource: 'arn:aws:route53:::hostedzone/ZROOT',
    context: {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': [name],
      'route53:ChangeResourceRecordSetsRecordTypes': [type],
      'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
    },
  });
  expect(evaluate(delegation, write(zoneName, 'NS')).effect).toBe('allowed');
  expect(evaluate(delegation, write('prod.ardamails.com', 'NS')).effect).toBe('denied');
  expect(evaluate(delegation, write('ardamails.com', 'NS')).effect).toBe('denied');
  expect(evaluate(delegation, write(zoneName, 'TXT')).effect).toBe('denied');
});
