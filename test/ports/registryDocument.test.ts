/** The registry's document as a file and as a secret: adding and retiring versions, and that of two changes at once none is lost. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseRegistry, wrappingContext } from '../../service/core/material/registry.ts';
import { keyring } from '../../service/ports/keyring.ts';
import { kms } from '../../service/ports/kms.ts';
import type { RegistryDocument } from '../../service/ports/ports.ts';
import { registryFile, registrySecret } from '../../service/ports/registryDocument.ts';
import { openMaterialDocument } from '../../service/wiring/materialDocument.ts';
import { outside } from './support/outside.ts';

const world = outside();
beforeEach(() => world().control('/reset'));

const partition = 'Alpha002-dev';
const region = 'us-east-1';
const timeoutMs = 10_000;
const secretId = `${partition}/email/material-registry`;

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'registry-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
};
const secretsClient = (): SecretsManagerClient => {
  const client = new SecretsManagerClient({ region, endpoint: world().addresses.aws, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
};

type Kept = { place: { file: string } | { secretId: string }; document: RegistryDocument; text: () => Promise<string> };

const kinds: [string, () => Promise<Kept>][] = [
  [
    'a file',
    async () => {
      const file = join(folder(), 'registry.json');
      return { place: { file }, document: registryFile(file), text: async () => readFileSync(file, 'utf8') };
    },
  ],
  [
    'a secret without a value, as the stack makes it',
    async () => {
      const client = secretsClient();
      await client.send(new CreateSecretCommand({ Name: secretId }));
      const document = registrySecret(secretId, { region, timeoutMs, endpoint: world().addresses.aws });
      onTestFinished(() => document.close());
      const text = async () => (await client.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString ?? '';
      return { place: { secretId }, document, text };
    },
  ],
];

describe.each(kinds)('%s', (_kind, make) => {
  const opened = (place: Kept['place']) => {
    const { kms: kmsEndpoint, aws: secretsEndpoint } = world().addresses;
    const document = openMaterialDocument(place, { region, timeoutMs, kmsEndpoint, secretsEndpoint });
    onTestFinished(() => document.close());
    return document;
  };

  it('takes a first version only with a KMS key, and each further one under the key of the last', async () => {
    const { place, text } = await make();
    const document = opened(place);
    expect(await document.addVersion({ partition, kmsKeyArn: null })).toMatchObject({ kind: 'refused', code: 'no_kms_key' });
    const { kmsKeyArn } = world();
    const first = await document.addVersion({ partition, kmsKeyArn });
    expect(first).toMatchObject({ kind: 'added', kmsKeyArn, previous: null, versions: 1 });
    const second = await document.addVersion({ partition, kmsKeyArn: null });
    if (first.kind !== 'added' || second.kind !== 'added') throw new Error('not added');
    expect(second).toMatchObject({ kmsKeyArn, previous: first.keyVersionId, versions: 2 });
    const registry = parseRegistry(await text(), 'the document');
    expect([registry.current, Object.keys(registry.versions).sort()]).toEqual([
      second.keyVersionId,
      [first.keyVersionId, second.keyVersionId].sort(),
    ]);
  });

  it('holds keys that the service opens, under the context that it says', async () => {
    const { place, text } = await make();
    const added = await opened(place).addVersion({ partition, kmsKeyArn: world().kmsKeyArn });
    if (added.kind !== 'added') throw new Error('not added');
    const wrapper = kms({ region, timeoutMs, endpoint: world().addresses.kms });
    onTestFinished(() => wrapper.close());
    const file = join(folder(), 'projected.json');
    writeFileSync(file, await text());
    const ring = keyring({ partition, registryFile: file, wrapper, now: () => new Date() });
    expect(await ring.refresh()).toMatchObject({ kind: 'refreshed', versions: [{ keyVersionId: added.keyVersionId, kind: 'loaded' }] });
    const elsewhere = keyring({ partition: 'Alpha002-prod', registryFile: file, wrapper, now: () => new Date() });
    expect(await elsewhere.refresh()).toMatchObject({ kind: 'partial', versions: [{ kind: 'failed', code: 'wrong_key' }] });
    expect(wrappingContext(partition, added.keyVersionId)['purpose']).toBe('email-server-token');
  });

  it('loses a version only when nothing can need it any more', async () => {
    const { place, text } = await make();
    const document = opened(place);
    const [first, second] = [
      await document.addVersion({ partition, kmsKeyArn: world().kmsKeyArn }),
      await document.addVersion({ partition, kmsKeyArn: null }),
    ];
    if (first.kind !== 'added' || second.kind !== 'added') throw new Error('not added');
    const usage = (rows: number, current: string) => ({
      versions: [{ keyVersionId: first.keyVersionId, rows }],
      processes: [{ process: 'pod', current }],
    });
    expect(await document.retire(first.keyVersionId, usage(3, second.keyVersionId))).toMatchObject({
      kind: 'refused',
      code: 'rows_name_it',
    });
    expect(await document.retire(first.keyVersionId, usage(0, first.keyVersionId))).toMatchObject({
      kind: 'refused',
      code: 'sealed_with_it',
    });
    expect(Object.keys(parseRegistry(await text(), '').versions)).toHaveLength(2);
    expect(await document.retire(first.keyVersionId, usage(0, second.keyVersionId))).toEqual({ kind: 'retired', versions: 1 });
    expect(Object.keys(parseRegistry(await text(), '').versions)).toEqual([second.keyVersionId]);
  });

  it('is written only over what was read', async () => {
    const { document, text } = await make();
    const before = await document.read();
    expect(before).toEqual({ text: null, version: null });
    expect(await document.write('one', before.version)).toEqual({ kind: 'written' });
    expect(await document.write('two', before.version)).toMatchObject({ kind: 'changed' });
    expect(await text()).toBe('one');
    const now = await document.read();
    expect(now.text).toBe('one');
    expect(await document.write('three', now.version)).toEqual({ kind: 'written' });
    expect(await text()).toBe('three');
  });
});

describe('a file', () => {
  it('is its owner’s alone, and a change that was cut off is named instead of written over', async () => {
    const at = folder();
    const file = join(at, 'registry.json');
    const document = registryFile(file);
    await document.write('one', null);
    expect([statSync(file).mode & 0o777, readdirSync(at)]).toEqual([0o600, ['registry.json']]);
    writeFileSync(`${file}.new`, 'half');
    const { version } = await document.read();
    expect(await document.write('two', version)).toMatchObject({ kind: 'changed', why: expect.stringContaining('registry.json.new') });
    expect(readFileSync(file, 'utf8')).toBe('one');
  });
});

describe('a secret', () => {
  it('that is not there is no empty registry', async () => {
    const document = registrySecret('nobody/has/this', { region, timeoutMs, endpoint: world().addresses.aws });
    onTestFinished(() => document.close());
    await expect(document.read()).rejects.toMatchObject({ detail: { provider: 'secretsmanager', code: 'ResourceNotFoundException' } });
  });
});
