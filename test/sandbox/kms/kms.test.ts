import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  ListGrantsCommand,
  ListKeysCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from 'vitest';
import { kmsClient, rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture({ seed: 'kms' });
const { kms, kmsKeyArn: arn } = sandbox;
const context = { partition: 'Alpha002-dev', keyVersionId: 'v1', purpose: 'email-server-token' };
const day = 86_400;

const dataKey = (KeyId = arn, EncryptionContext: Record<string, string> = context) =>
  kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
const decrypt = (CiphertextBlob: Uint8Array | undefined, EncryptionContext: Record<string, string> = context) =>
  kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

describe('data keys', () => {
  it('32 bytes, and the blob opens to the same bytes under the same context', async () => {
    const made = await dataKey();
    expect(made.Plaintext).toHaveLength(32);
    expect(made.KeyId).toBe(arn);
    const opened = await decrypt(made.CiphertextBlob);
    expect(opened).toMatchObject({ KeyId: arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Buffer.from(made.Plaintext ?? []));
  });

  it('two are never the same', async () => {
    const [one, two] = [await dataKey(), await dataKey()];
    expect(Buffer.from(one.Plaintext ?? [])).not.toEqual(Buffer.from(two.Plaintext ?? []));
  });

  it.each([
    ['another value', { ...context, partition: 'Alpha002-prod' }],
    ['a pair too many', { ...context, more: '1' }],
    ['a pair too few', { partition: context.partition, keyVersionId: context.keyVersionId }],
    ['none at all', {}],
  ])('a context with %s does not open the blob', async (_what, other) => {
    const made = await dataKey();
    expect(await rejection(decrypt(made.CiphertextBlob, other))).toMatchObject({ name: 'InvalidCiphertextException', status: 400 });
  });

  it('the order of the pairs does not matter', async () => {
    const made = await dataKey(arn, { a: '1', b: '2' });
    expect((await decrypt(made.CiphertextBlob, { b: '2', a: '1' })).KeyId).toBe(arn);
  });

  it('neither size nor both sizes is refused', async () => {
    const neither = kms.send(new GenerateDataKeyCommand({ KeyId: arn }));
    const both = kms.send(new GenerateDataKeyCommand({ KeyId: arn, KeySpec: 'AES_128', NumberOfBytes: 16 }));
    expect([await rejection(neither), await rejection(both)]).toMatchObject([
      { name: 'ValidationException' },
      { name: 'ValidationException' },
    ]);
  });

  it('a blob opens again after a reset, and in another process with the same seed', async () => {
    const made = await dataKey();
    await sandbox.post('/reset', {});
    expect(Buffer.from((await decrypt(made.CiphertextBlob)).Plaintext ?? [])).toEqual(Buffer.from(made.Plaintext ?? []));
    const again = await sandboxFixture({ seed: 'kms' });
    const opened = await kmsClient(again.addresses.kms).send(
      new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: context }),
    );
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Buffer.from(made.Plaintext ?? []));
  });

  it('another seed’s blob names a key that is not there', async () => {
    const other = await sandboxFixture({ seed: 'other' });
    const made = await other.kms.send(new GenerateDataKeyCommand({ KeyId: other.kmsKeyArn, KeySpec: 'AES_256' }));
    expect(await rejection(decrypt(made.CiphertextBlob, {}))).toMatchObject({ name: 'NotFoundException' });
  });
});

describe('encryption', () => {
  const encrypt = (Plaintext: Buffer, KeyId = arn) => kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext: context }));

  it('opens to what was put in, up to 4,096 bytes', async () => {
    const sealed = await encrypt(Buffer.alloc(4096, 7));
    expect(Buffer.from((await decrypt(sealed.CiphertextBlob)).Plaintext ?? [])).toEqual(Buffer.alloc(4096, 7));
    expect(await rejection(encrypt(Buffer.alloc(4097)))).toMatchObject({ name: 'ValidationException' });
  });

  it('a changed bit anywhere is noticed', async () => {
    const blob = Buffer.from((await encrypt(Buffer.from('secret'))).CiphertextBlob ?? []);
    for (const index of [0, 41, blob.length - 20, blob.length - 1]) {
      const changed = Buffer.from(blob);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect((await rejection(decrypt(changed))).name, `byte ${index}`).toBe('InvalidCiphertextException');
    }
  });

  it('a blob of another key than the named one is IncorrectKeyException', async () => {
    const other = await kms.send(new CreateKeyCommand({}));
    const sealed = await encrypt(Buffer.from('x'));
    const call = kms.send(
      new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context, KeyId: other.KeyMetadata?.KeyId }),
    );
    expect(await rejection(call)).toMatchObject({ name: 'IncorrectKeyException' });
  });
});

describe('keys', () => {
  it.each([
    ['key id', () => arn.split('/')[1] ?? ''],
    ['ARN', () => arn],
    ['alias', () => 'alias/postroute'],
    ['alias ARN', () => arn.replace(/key\/.*/, 'alias/postroute')],
  ])('are found by %s', async (_what, reference) => {
    expect((await kms.send(new DescribeKeyCommand({ KeyId: reference() }))).KeyMetadata).toMatchObject({
      Arn: arn,
      Enabled: true,
      KeyState: 'Enabled',
    });
    expect((await dataKey(reference())).KeyId).toBe(arn);
  });

  it('one that is not there is NotFoundException', async () => {
    expect(await rejection(dataKey('alias/nothing'))).toMatchObject({ name: 'NotFoundException', status: 400 });
  });

  it('are made and listed', async () => {
    const made = await kms.send(new CreateKeyCommand({ Description: 'second' }));
    const first = await kms.send(new ListKeysCommand({ Limit: 1 }));
    const second = await kms.send(new ListKeysCommand({ Limit: 1, Marker: first.NextMarker }));
    expect([first.Truncated, second.Truncated]).toEqual([true, false]);
    expect([first.Keys?.[0]?.KeyArn, second.Keys?.[0]?.KeyArn]).toEqual([arn, made.KeyMetadata?.Arn]);
  });

  it('a disabled one neither seals nor opens, until it is enabled', async () => {
    const made = await dataKey();
    await kms.send(new DisableKeyCommand({ KeyId: arn }));
    expect([await rejection(dataKey()), await rejection(decrypt(made.CiphertextBlob))]).toMatchObject([
      { name: 'DisabledException', status: 400 },
      { name: 'DisabledException', status: 400 },
    ]);
    await kms.send(new EnableKeyCommand({ KeyId: arn }));
    expect((await decrypt(made.CiphertextBlob)).KeyId).toBe(arn);
  });

  it('one that waits for deletion is in the wrong state, can be rescued, and comes back disabled', async () => {
    const made = await dataKey();
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 7 }));
    expect(await rejection(decrypt(made.CiphertextBlob))).toMatchObject({ name: 'KMSInvalidStateException', status: 400 });
    expect(await rejection(kms.send(new EnableKeyCommand({ KeyId: arn })))).toMatchObject({ name: 'KMSInvalidStateException' });
    await kms.send(new CancelKeyDeletionCommand({ KeyId: arn }));
    expect(await rejection(decrypt(made.CiphertextBlob))).toMatchObject({ name: 'DisabledException' });
  });

  it('one is gone when its waiting period is over, and not a day sooner', async () => {
    const made = await kms.send(new CreateKeyCommand({}));
    const KeyId = made.KeyMetadata?.KeyId ?? '';
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await sandbox.post('/clock/advance', { seconds: 6 * day });
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe('PendingDeletion');
    await sandbox.post('/clock/advance', { seconds: day });
    expect(await rejection(kms.send(new DescribeKeyCommand({ KeyId })))).toMatchObject({ name: 'NotFoundException' });
  });

  it('a waiting period of less than 7 days is refused', async () => {
    const call = kms.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 6 }));
    expect(await rejection(call)).toMatchObject({ name: 'ValidationException', message: expect.stringContaining('PendingWindowInDays') });
  });
});

describe('the wire', () => {
  it('no pair of a context is passed over, whatever its name', async () => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c' };
    const call = async (name: string, body: string) => {
      const target = { ...headers, 'x-amz-target': `TrentService.${name}` };
      const answer: unknown = await (await fetch(sandbox.addresses.kms, { method: 'POST', headers: target, body })).json();
      return Object.fromEntries(Object.entries(answer ?? {}));
    };
    const sealed = await call('Encrypt', `{"KeyId":"${arn}","Plaintext":"aGk=","EncryptionContext":{"__proto__":"1"}}`);
    const decrypted = (pairs: string) => call('Decrypt', `{"CiphertextBlob":"${sealed['CiphertextBlob']}","EncryptionContext":${pairs}}`);
    expect(await decrypted('{}')).toMatchObject({ __type: 'InvalidCiphertextException' });
    expect(await decrypted('{"__proto__":"2"}')).toMatchObject({ __type: 'InvalidCiphertextException' });
    expect(await decrypted('{"__proto__":"1"}')).toMatchObject({ Plaintext: 'aGk=' });
    expect(await decrypted('{"a":1}')).toMatchObject({ __type: 'ValidationException' });
    expect(await decrypted('["a"]')).toMatchObject({ __type: 'ValidationException' });
  });

  it('a request without a signature is refused', async () => {
    const response = await fetch(sandbox.addresses.kms, {
      method: 'POST',
      headers: { 'x-amz-target': 'TrentService.ListKeys' },
      body: '{}',
    });
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it.each(['ListGrants', 'constructor', 'toString'])('an operation that is not served is refused by its name: %s', async (name) => {
    const headers = {
      'x-amz-target': `TrentService.${name}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c',
    };
    const response = await fetch(sandbox.addresses.kms, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException', message: expect.stringContaining(name) });
  });

  it('the client’s own error comes out of it', async () => {
    const call = kms.send(new ListGrantsCommand({ KeyId: arn }));
    expect(await rejection(call)).toMatchObject({ name: 'UnknownOperationException' });
  });

  it.each([
    [{ kind: 'throttle' }, { name: 'ThrottlingException', status: 400 }],
    [
      { kind: 'status', status: 500 },
      { name: 'KMSInternalException', status: 500 },
    ],
    [
      { kind: 'status', errorCode: 'DisabledException' },
      { name: 'DisabledException', status: 400 },
    ],
    [
      { kind: 'status', errorCode: 'DependencyTimeoutException' },
      { name: 'DependencyTimeoutException', status: 500 },
    ],
  ])('fault %o', async (fault, seen) => {
    await sandbox.post('/fault', { service: 'kms', operation: 'GenerateDataKey', times: 1, ...fault });
    expect(await rejection(dataKey())).toMatchObject(seen);
    expect((await sandbox.get('/state')).body['calls']).toMatchObject({ kms: { GenerateDataKey: 1 } });
  });

  it('no key material is shown', async () => {
    const shown = (await sandbox.get('/state')).body['kms'];
    expect(shown).toEqual({
      keys: [
        {
          ...{ KeyId: arn.split('/')[1], Arn: arn, KeyState: 'Enabled', Description: expect.any(String) },
          ...{ Aliases: ['alias/postroute'], KeyRotationEnabled: false, Rotations: 0 },
        },
      ],
    });
  });
});
