import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  paginateListAliases,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, it } from 'vitest';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture({ seed: 'kms aliases', clock: 'stopped', startAt: Date.parse('2026-01-02T03:04:05Z') });
const { kms, kmsKeyArn: arn } = sandbox;
const keyId = arn.split('/')[1] ?? '';
const day = 86_400;

const newKey = async (): Promise<string> => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
const createAlias = (AliasName: string, TargetKeyId: string) => kms.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
const named = async (input: { KeyId?: string } = {}) =>
  ((await kms.send(new ListAliasesCommand(input))).Aliases ?? []).map((alias) => [alias.AliasName, alias.TargetKeyId]);

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

describe('an alias', () => {
  it.each([
    ['its name', 'alias/mail/dev'],
    ['its ARN', arn.replace(/key\/.*/, 'alias/mail/dev')],
  ])('stands for its key by %s, wherever a key is used', async (_what, KeyId) => {
    const made = await newKey();
    await createAlias('alias/mail/dev', made);
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyId).toBe(made);
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('hello') }));
    expect(Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob, KeyId }))).Plaintext ?? []).toString()).toBe('hello');
    expect((await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))).KeyId).toContain(made);
  });

  it('is of one key: what was sealed by another is IncorrectKeyException under it', async () => {
    await createAlias('alias/other', await newKey());
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: arn, Plaintext: Buffer.from('hello') }));
    const call = kms.send(new DecryptCommand({ CiphertextBlob, KeyId: 'alias/other' }));
    expect(await rejection(call)).toMatchObject({ name: 'IncorrectKeyException', status: 400 });
  });

  it('is listed with its dates, and moves to another key', async () => {
    const [one, two] = [await newKey(), await newKey()];
    await createAlias('alias/a', one);
    await sandbox.post('/clock/advance', { seconds: day });
    await kms.send(new UpdateAliasCommand({ AliasName: 'alias/a', TargetKeyId: two }));
    expect(await named()).toEqual([
      ['alias/a', two],
      ['alias/postroute', keyId],
    ]);
    expect((await kms.send(new ListAliasesCommand({ KeyId: two }))).Aliases).toEqual([
      {
        AliasName: 'alias/a',
        AliasArn: arn.replace(/key\/.*/, 'alias/a'),
        TargetKeyId: two,
        CreationDate: new Date('2026-01-02T03:04:05Z'),
        LastUpdatedDate: new Date('2026-01-03T03:04:05Z'),
      },
    ]);
    expect(await named({ KeyId: one })).toEqual([]);
  });

  it('is gone when deleted, and with its key', async () => {
    const made = await newKey();
    await createAlias('alias/a', made);
    await createAlias('alias/b', made);
    await kms.send(new DeleteAliasCommand({ AliasName: 'alias/a' }));
    expect(await rejection(kms.send(new DescribeKeyCommand({ KeyId: 'alias/a' })))).toMatchObject({ name: 'NotFoundException' });
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: made, PendingWindowInDays: 7 }));
    await sandbox.post('/clock/advance', { seconds: 7 * day });
    expect(await named()).toEqual([['alias/postroute', keyId]]);
    await createAlias('alias/b', arn);
  });

  it('survives a restart from its snapshot, and one of before aliases had dates is read', async () => {
    await createAlias('alias/a', arn);
    const before = await named();
    const { kms: room } = sandbox.rooms;
    const saved = room.save();
    room.reset();
    room.restore(saved);
    expect(await named()).toEqual(before);
    room.restore({
      keys: [{ id: keyId, description: '', state: 'Enabled', createdAt: 1_000, deletionAt: null, aliases: ['alias/old'] }],
    });
    expect((await kms.send(new ListAliasesCommand({}))).Aliases).toMatchObject([{ AliasName: 'alias/old', CreationDate: new Date(1_000) }]);
  });

  it('comes in pages: of 50, or as many as asked for', async () => {
    const made = await newKey();
    for (let index = 0; index < 50; index += 1) await createAlias(`alias/n${String(index).padStart(2, '0')}`, made);
    const first = await kms.send(new ListAliasesCommand({}));
    expect([first.Aliases?.length, first.Truncated]).toEqual([50, true]);
    const all = [];
    for await (const page of paginateListAliases({ client: kms, pageSize: 7 }, {})) all.push(...(page.Aliases ?? []));
    expect(all).toHaveLength(51);
    expect(new Set(all.map((alias) => alias.AliasName)).size).toBe(51);
  });
});

describe('what KMS refuses of an alias', () => {
  it.each<[string, () => Promise<unknown>, string, string]>([
    ['a name without alias/', () => createAlias('mail', arn), 'ValidationException', 'Invalid identifier'],
    ['a reserved name', () => createAlias('alias/aws/mail', arn), 'NotAuthorizedException', 'reserved'],
    ['a name with other characters', () => createAlias('alias/ma il', arn), 'ValidationException', 'invalid characters'],
    ['one that is there', () => createAlias('alias/postroute', arn), 'AlreadyExistsException', 'already exists'],
    ['an alias of an alias', () => createAlias('alias/b', 'alias/postroute'), 'ValidationException', 'Aliases must refer to keys'],
    ['a key that is not there', () => createAlias('alias/b', keyId.replace(/^./, 'z')), 'NotFoundException', 'does not exist'],
    [
      'to move one that is not there',
      () => kms.send(new UpdateAliasCommand({ AliasName: 'alias/none', TargetKeyId: arn })),
      'NotFoundException',
      'alias/none is not found',
    ],
    [
      'to delete one that is not there',
      () => kms.send(new DeleteAliasCommand({ AliasName: 'alias/none' })),
      'NotFoundException',
      'alias/none is not found',
    ],
    ['a marker of no page', () => kms.send(new ListAliasesCommand({ Marker: 'x' })), 'InvalidMarkerException', 'marker'],
    ['a marker of no page of keys', () => kms.send(new ListKeysCommand({ Marker: 'x' })), 'InvalidMarkerException', 'marker'],
    ['more than 100 a page', () => kms.send(new ListAliasesCommand({ Limit: 101 })), 'ValidationException', 'Limit'],
    [
      'an alias where a key is managed',
      () => kms.send(new DisableKeyCommand({ KeyId: 'alias/postroute' })),
      'NotFoundException',
      'Invalid keyId',
    ],
    [
      'an alias ARN where a key is managed',
      () => kms.send(new DisableKeyCommand({ KeyId: arn.replace(/key\/.*/, 'alias/postroute') })),
      'InvalidArnException',
      'alias/postroute',
    ],
  ])('%s', async (_what, call, name, message) => {
    expect(await rejection(call())).toMatchObject({ name, status: 400, message: expect.stringContaining(message) });
    expect(await named()).toEqual([['alias/postroute', keyId]]);
  });

  it('a 51st of one key, but not a new date for one of 50', async () => {
    const made = await newKey();
    for (let index = 0; index < 50; index += 1) await createAlias(`alias/n${index}`, made);
    expect(await rejection(createAlias('alias/more', made))).toMatchObject({ name: 'LimitExceededException', status: 400 });
    await kms.send(new UpdateAliasCommand({ AliasName: 'alias/n7', TargetKeyId: made }));
  });

  it('a key that waits for its deletion', async () => {
    const made = await newKey();
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: made, PendingWindowInDays: 7 }));
    expect(await rejection(createAlias('alias/late', made))).toMatchObject({ name: 'KMSInvalidStateException', status: 400 });
  });
});
