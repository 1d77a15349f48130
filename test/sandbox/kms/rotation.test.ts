import {
  CancelKeyDeletionCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetKeyLastUsageCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  paginateListKeyRotations,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from 'vitest';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture({ seed: 'kms rotation', clock: 'stopped', startAt: Date.parse('2026-01-01T00:00:00Z') });
const { kms, kmsKeyArn: KeyId } = sandbox;
const plainKeyId = KeyId.split('/')[1] ?? '';
const day = 86_400;

const days = (count: number) => sandbox.post('/clock/advance', { seconds: count * day });
const status = () => kms.send(new GetKeyRotationStatusCommand({ KeyId }));
const rotations = async () =>
  ((await kms.send(new ListKeyRotationsCommand({ KeyId }))).Rotations ?? []).map(({ RotationDate, RotationType }) => [
    RotationDate?.toISOString().slice(0, 10),
    RotationType,
  ]);
const materialNow = async () => (await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))).KeyMaterialId;
const sealed = async () => (await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('hello') }))).CiphertextBlob;

/** Every test has its own first of January: time does not go back. */
let year = 2026;
beforeEach(async () => {
  await sandbox.post('/reset', {});
  year += 4;
  const { body } = await sandbox.get('/clock');
  await sandbox.post('/clock/advance', { seconds: (Date.parse(`${year}-01-01T00:00:00Z`) - Date.parse(String(body['now']))) / 1000 });
});

describe('rotation by itself', () => {
  it('is off until it is enabled, and off again when it is disabled', async () => {
    expect(await status()).toMatchObject({ KeyId: plainKeyId, KeyRotationEnabled: false });
    await kms.send(new EnableKeyRotationCommand({ KeyId }));
    expect(await status()).toMatchObject({
      KeyRotationEnabled: true,
      RotationPeriodInDays: 365,
      NextRotationDate: new Date(Date.parse(`${year}-01-01T00:00:00Z`) + 365 * day * 1000),
    });
    await kms.send(new DisableKeyRotationCommand({ KeyId }));
    await days(800);
    expect([(await status()).KeyRotationEnabled, await rotations()]).toEqual([false, []]);
  });

  it('happens each time the period is over, and not a day sooner', async () => {
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    await days(89);
    expect(await rotations()).toEqual([]);
    await days(1);
    expect(await rotations()).toEqual([[`${year}-04-01`, 'AUTOMATIC']]);
    await days(180);
    expect(await rotations()).toEqual([
      [`${year}-04-01`, 'AUTOMATIC'],
      [`${year}-06-30`, 'AUTOMATIC'],
      [`${year}-09-28`, 'AUTOMATIC'],
    ]);
  });

  it('changes what seals, and neither the key’s name nor what was sealed', async () => {
    const before = [await sealed(), await materialNow()] as const;
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    await days(200);
    const after = [await sealed(), await materialNow()] as const;
    expect(after[1]).toMatch(/^[0-9a-f]{64}$/);
    expect(after[1]).not.toBe(before[1]);
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata).toMatchObject({ Arn: KeyId, CurrentKeyMaterialId: after[1] });
    for (const [CiphertextBlob, material] of [before, after]) {
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob }));
      expect([Buffer.from(opened.Plaintext ?? []).toString(), opened.KeyMaterialId]).toEqual(['hello', material]);
    }
  });

  it('waits while the key is disabled, and catches up once when it is enabled', async () => {
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    await kms.send(new DisableKeyCommand({ KeyId }));
    await days(300);
    expect([(await status()).KeyRotationEnabled, await rotations()]).toEqual([true, []]);
    await kms.send(new EnableKeyCommand({ KeyId }));
    expect(await rotations()).toEqual([[`${year}-10-28`, 'AUTOMATIC']]);
  });

  it('is false while the key waits for its deletion, and back when it is rescued', async () => {
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }));
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect((await status()).KeyRotationEnabled).toBe(false);
    await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    expect(await status()).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 100 });
  });

  it.each([89, 2561])('a period of %i days is refused', async (RotationPeriodInDays) => {
    const call = kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays }));
    expect(await rejection(call)).toMatchObject({ name: 'ValidationException', message: expect.stringContaining('RotationPeriodInDays') });
  });

  it('is kept over a restart', async () => {
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    await days(91);
    const { kms: room } = sandbox.rooms;
    const saved = room.save();
    room.reset();
    expect(await rotations()).toEqual([]);
    room.restore(saved);
    expect(await rotations()).toEqual([[`${year}-04-01`, 'AUTOMATIC']]);
    expect((await status()).KeyRotationEnabled).toBe(true);
  });
});

describe('rotation on demand', () => {
  it('is at once, at most 25 times a key, and listed in pages', async () => {
    const first = await materialNow();
    for (let count = 0; count < 25; count += 1) await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    expect(await rejection(kms.send(new RotateKeyOnDemandCommand({ KeyId })))).toMatchObject({
      name: 'LimitExceededException',
      status: 400,
    });
    const all = [];
    const input = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' as const };
    for await (const page of paginateListKeyRotations({ client: kms, pageSize: 7 }, input)) all.push(...(page.Rotations ?? []));
    expect(all).toHaveLength(26);
    expect(all[0]).toMatchObject({ KeyMaterialId: first, KeyMaterialState: 'NON_CURRENT' });
    expect(all.at(-1)).toMatchObject({ KeyMaterialId: await materialNow(), KeyMaterialState: 'CURRENT', RotationType: 'ON_DEMAND' });
  });

  it.each([
    ['disabled', 'DisabledException', () => kms.send(new DisableKeyCommand({ KeyId }))],
    ['waiting for deletion', 'KMSInvalidStateException', () => kms.send(new ScheduleKeyDeletionCommand({ KeyId }))],
  ])('no key that is %s is rotated', async (_what, name, prepare) => {
    await prepare();
    for (const call of [
      new RotateKeyOnDemandCommand({ KeyId }),
      new EnableKeyRotationCommand({ KeyId }),
      new DisableKeyRotationCommand({ KeyId }),
    ])
      expect(await rejection(kms.send(call))).toMatchObject({ name, status: 400 });
  });

  it('takes no alias', async () => {
    const call = kms.send(new GetKeyRotationStatusCommand({ KeyId: 'alias/postroute' }));
    expect(await rejection(call)).toMatchObject({ name: 'NotFoundException' });
  });
});

describe('what else the clients of a key call', () => {
  it('a data key without its plaintext opens to one', async () => {
    const made = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' }));
    expect(made).not.toHaveProperty('Plaintext');
    expect((await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }))).Plaintext).toHaveLength(32);
  });

  it('ReEncrypt moves a blob to the newest material and to another context, and shows nothing of it', async () => {
    const old = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('hello'), EncryptionContext: { a: '1' } }));
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    const moved = await kms.send(
      new ReEncryptCommand({
        ...{ CiphertextBlob: old.CiphertextBlob, SourceEncryptionContext: { a: '1' } },
        ...{ DestinationKeyId: 'alias/postroute', DestinationEncryptionContext: { b: '2' } },
      }),
    );
    expect(moved).toMatchObject({ SourceKeyId: KeyId, KeyId, DestinationKeyMaterialId: await materialNow() });
    expect(moved.SourceKeyMaterialId).not.toBe(moved.DestinationKeyMaterialId);
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { b: '2' } }));
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('hello');
    const wrong = new ReEncryptCommand({ CiphertextBlob: old.CiphertextBlob, DestinationKeyId: KeyId });
    expect(await rejection(kms.send(wrong))).toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('the last successful use of a key is told, and a refused one is none', async () => {
    const made = new Date(`${year}-01-01T00:00:00Z`);
    expect(await kms.send(new GetKeyLastUsageCommand({ KeyId }))).toMatchObject({ KeyId: plainKeyId, KeyLastUsage: {} });
    await days(3);
    const CiphertextBlob = await sealed();
    await days(3);
    await rejection(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { no: 'such' } })));
    const used = await kms.send(new GetKeyLastUsageCommand({ KeyId }));
    expect(used.KeyLastUsage).toMatchObject({ Operation: 'Encrypt', Timestamp: new Date(made.getTime() + 3 * day * 1000) });
    expect(used.KeyLastUsage?.KmsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    await kms.send(new DecryptCommand({ CiphertextBlob }));
    expect((await kms.send(new GetKeyLastUsageCommand({ KeyId }))).KeyLastUsage?.Operation).toBe('Decrypt');
  });

  it('random bytes are as many as asked for', async () => {
    expect((await kms.send(new GenerateRandomCommand({ NumberOfBytes: 17 }))).Plaintext).toHaveLength(17);
  });

  it('a blob of before keys could be rotated still opens', async () => {
    const CiphertextBlob = Buffer.from(
      'U0JLMTVjMGNlODlhLTg3MzctNGJhNS04MjUxLTI3ZDA1NjM2Y2RlYQkJCQkJCQkJCQkJCbDX+42NA2ngrCfx+zZOF3B5zNo=',
      'base64',
    );
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { a: '1' } }));
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('old');
  });
});
