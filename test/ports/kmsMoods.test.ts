/** KMS over the wire in each of its moods: what was loaded goes on, what it says is named, and nothing is guessed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelKeyDeletionCommand, DisableKeyCommand, EnableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { KeyTrouble } from '../../service/core/material/keyTrouble.ts';
import { keyring } from '../../service/ports/keyring.ts';
import { kms } from '../../service/ports/kms.ts';
import { openMaterialDocument } from '../../service/wiring/materialDocument.ts';
import { outside } from './support/outside.ts';

const world = outside();
beforeEach(() => world().control('/reset'));

const partition = 'Alpha002-dev';
const region = 'us-east-1';

type Mood = {
  name: string;
  code: KeyTrouble;
  begin: (client: KMSClient, KeyId: string) => Promise<unknown>;
  end: (client: KMSClient, KeyId: string) => Promise<unknown>;
};

const fault = (fields: Record<string, unknown>) => () => world().control('/fault', { service: 'kms', operation: 'Decrypt', ...fields });
const clearFaults = () => fetch(`${world().addresses.control}/fault`, { method: 'DELETE' });

const moods: Mood[] = [
  {
    name: 'a disabled key',
    code: 'key_disabled',
    begin: (client, KeyId) => client.send(new DisableKeyCommand({ KeyId })),
    end: (client, KeyId) => client.send(new EnableKeyCommand({ KeyId })),
  },
  {
    name: 'a key that waits for its deletion',
    code: 'key_state',
    begin: (client, KeyId) => client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
    async end(client, KeyId) {
      await client.send(new CancelKeyDeletionCommand({ KeyId }));
      await client.send(new EnableKeyCommand({ KeyId }));
    },
  },
  { name: 'throttling', code: 'throttled', begin: fault({ kind: 'throttle' }), end: clearFaults },
  { name: 'no answer', code: 'unreachable', begin: fault({ kind: 'timeout-before' }), end: clearFaults },
  { name: 'a connection that is cut', code: 'unreachable', begin: fault({ kind: 'cut' }), end: clearFaults },
  {
    name: 'a policy that forbids it',
    code: 'access_denied',
    begin: fault({ kind: 'status', status: 400, errorCode: 'AccessDeniedException' }),
    end: clearFaults,
  },
];

async function setUp() {
  const { addresses, kmsKeyArn } = world();
  const folder = mkdtempSync(join(tmpdir(), 'moods-'));
  const registryFile = join(folder, 'registry.json');
  const document = openMaterialDocument({ file: registryFile }, { region, timeoutMs: 10_000, kmsEndpoint: addresses.kms });
  const wrapper = kms({ region, timeoutMs: 500, endpoint: addresses.kms });
  const client = new KMSClient({ region, endpoint: addresses.kms, maxAttempts: 1 });
  onTestFinished(() => {
    for (const each of [document, wrapper]) each.close();
    client.destroy();
    rmSync(folder, { recursive: true });
  });
  const add = async (): Promise<string> => {
    const added = await document.addVersion({ partition, kmsKeyArn });
    if (added.kind !== 'added') throw new Error(added.detail);
    return added.keyVersionId;
  };
  return { client, kmsKeyArn, registryFile, add, newRing: () => keyring({ partition, registryFile, wrapper, now: () => new Date() }) };
}

describe.each(moods)('$name', ({ code, begin, end }) => {
  it('takes nothing from a process that has its keys, and is named by the next refresh', async () => {
    const { client, kmsKeyArn, add, newRing } = await setUp();
    const v1 = await add();
    const ring = newRing();
    await ring.refresh();
    const sealed = ring.seal('e1', 'server-token', 'tok');
    await begin(client, kmsKeyArn);
    expect(await ring.refresh()).toMatchObject({ kind: 'refreshed', kms: { state: 'failing', code } });
    expect([ring.open('e1', 'server-token', sealed), ring.status().currentKeyVersionId]).toEqual(['tok', v1]);
    await end(client, kmsKeyArn);
    expect(await ring.refresh()).toMatchObject({ kind: 'refreshed', kms: { state: 'answers' } });
  });

  it('leaves a new version closed and the one before sealing, until it is over', async () => {
    const { client, kmsKeyArn, add, newRing } = await setUp();
    const v1 = await add();
    const ring = newRing();
    await ring.refresh();
    const v2 = await add();
    await begin(client, kmsKeyArn);
    expect(await ring.refresh()).toMatchObject({
      kind: 'partial',
      versions: [{ kind: 'kept' }, { keyVersionId: v2, kind: 'failed', code }],
    });
    const { currentKeyVersionId, documentedCurrent, documented } = ring.status();
    expect({ currentKeyVersionId, documentedCurrent }).toEqual({ currentKeyVersionId: v1, documentedCurrent: v2 });
    expect(documented.find(({ keyVersionId }) => keyVersionId === v2)?.trouble).toMatch(/^Decrypt: /);
    await end(client, kmsKeyArn);
    await ring.refresh();
    expect(ring.status()).toMatchObject({ currentKeyVersionId: v2, lastOutcome: 'refreshed' });
  });

  it('leaves a process that starts now without a key: it seals nothing and opens nothing', async () => {
    const { client, kmsKeyArn, add, newRing } = await setUp();
    await add();
    const before = newRing();
    await before.refresh();
    const sealed = before.seal('e1', 'server-token', 'tok');
    await begin(client, kmsKeyArn);
    const ring = newRing();
    expect(await ring.refresh()).toMatchObject({ kind: 'partial' });
    expect(ring.status().currentKeyVersionId).toBeNull();
    expect(() => ring.open('e1', 'server-token', sealed)).toThrow(expect.objectContaining({ code: 'unknown_key_version' }));
    expect(() => ring.seal('e1', 'server-token', 'tok')).toThrow(expect.objectContaining({ code: 'registry_not_loaded' }));
    await end(client, kmsKeyArn);
    await ring.refresh();
    expect(ring.open('e1', 'server-token', sealed)).toBe('tok');
  });
});

it('a document of another KMS key is named, and opens nothing', async () => {
  const { registryFile, add, newRing } = await setUp();
  const v1 = await add();
  const foreign = {
    wrappedKey: Buffer.from('not from here').toString('base64'),
    kmsKeyArn: world().kmsKeyArn,
    createdAt: '2026-01-01T00:00:00Z',
  };
  writeFileSync(registryFile, JSON.stringify({ current: v1, versions: { [v1]: foreign } }));
  expect(await newRing().refresh()).toMatchObject({ kind: 'partial', versions: [{ kind: 'failed', code: 'wrong_key' }] });
});
