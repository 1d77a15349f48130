import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { credentials, rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const client = new SecretsManagerClient({ endpoint: sandbox.addresses.aws, region: 'us-east-1', credentials, maxAttempts: 1 });
afterAll(() => client.destroy());

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

const Name = 'dev/mail/material';
const create = (more: object = {}) => client.send(new CreateSecretCommand({ Name, SecretString: 'one', ...more }));
const get = (more: object = {}) => client.send(new GetSecretValueCommand({ SecretId: Name, ...more }));
const put = (more: object) => client.send(new PutSecretValueCommand({ SecretId: Name, ...more }));
const tokenOf = (digit: string) => digit.repeat(32);

describe('a value', () => {
  it('is read by name, by ARN, and by ARN without its random ending', async () => {
    const { ARN = '', VersionId } = await create();
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:\d{12}:secret:dev\/mail\/material-[A-Za-z0-9]{6}$/);
    for (const SecretId of [Name, ARN, ARN.slice(0, -7)]) {
      expect(await get({ SecretId })).toMatchObject({ Name, ARN, VersionId, SecretString: 'one', VersionStages: ['AWSCURRENT'] });
    }
  });

  it('may be binary, and is then not a string', async () => {
    const bytes = Uint8Array.from([0, 1, 255]);
    await client.send(new CreateSecretCommand({ Name, SecretBinary: bytes }));
    const value = await get();
    expect([value.SecretBinary, value.SecretString]).toEqual([bytes, undefined]);
  });

  it('is told by its error when there is none: no secret, no version, no stage', async () => {
    expect(await rejection(get())).toMatchObject({
      name: 'ResourceNotFoundException',
      status: 400,
      message: "Secrets Manager can't find the specified secret.",
    });
    await client.send(new CreateSecretCommand({ Name }));
    expect((await rejection(get())).message).toBe("Secrets Manager can't find the specified secret value for staging label: AWSCURRENT");
    expect((await rejection(get({ VersionId: tokenOf('0') }))).message).toContain('for VersionId: 0000');
  });

  it('of several secrets comes in one call, with an error for each that is not there', async () => {
    await create();
    const answer = await client.send(new BatchGetSecretValueCommand({ SecretIdList: [Name, 'none'] }));
    expect(answer.SecretValues?.map((value) => value.SecretString)).toEqual(['one']);
    expect(answer.Errors).toMatchObject([{ SecretId: 'none', ErrorCode: 'ResourceNotFoundException' }]);
  });

  it('is neither in the state nor in a fault', async () => {
    await create({ SecretString: 'do-not-show' });
    const text = JSON.stringify((await sandbox.get('/state')).body);
    expect(text).toContain(Name);
    expect(text).not.toContain('do-not-show');
  });
});

describe('versions and staging labels', () => {
  it('a new value is AWSCURRENT and the one before AWSPREVIOUS', async () => {
    const first = await create();
    const second = await put({ SecretString: 'two' });
    expect(second.VersionStages).toEqual(['AWSCURRENT']);
    expect((await get()).SecretString).toBe('two');
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one', VersionId: first.VersionId });
    await put({ SecretString: 'three' });
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('two');
  });

  it('a value put as AWSPENDING is not current until its label is moved', async () => {
    const first = await create();
    const pending = await put({ SecretString: 'two', VersionStages: ['AWSPENDING'] });
    expect((await get()).SecretString).toBe('one');
    const move = { SecretId: Name, VersionStage: 'AWSCURRENT', MoveToVersionId: pending.VersionId ?? '' };
    expect(await rejection(client.send(new UpdateSecretVersionStageCommand(move)))).toMatchObject({ name: 'InvalidParameterException' });
    await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: first.VersionId ?? '' }));
    expect((await get()).SecretString).toBe('two');
    const described = await client.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(described.VersionIdsToStages).toEqual({
      [first.VersionId ?? '']: ['AWSPREVIOUS'],
      [pending.VersionId ?? '']: ['AWSCURRENT', 'AWSPENDING'],
    });
  });

  it('AWSCURRENT cannot be taken away', async () => {
    const first = await create();
    const take = new UpdateSecretVersionStageCommand({
      SecretId: Name,
      VersionStage: 'AWSCURRENT',
      RemoveFromVersionId: first.VersionId ?? '',
    });
    expect(await rejection(client.send(take))).toMatchObject({ name: 'InvalidParameterException' });
  });

  it('the same token and content change nothing; the same token and other content are refused', async () => {
    await create({ ClientRequestToken: tokenOf('a') });
    const twice = { ClientRequestToken: tokenOf('b'), SecretString: 'two' };
    expect((await put(twice)).VersionId).toBe((await put(twice)).VersionId);
    expect(await rejection(put({ ...twice, SecretString: 'other' }))).toMatchObject({ name: 'ResourceExistsException' });
    expect((await create({ ClientRequestToken: tokenOf('a') })).VersionId).toBe(tokenOf('a'));
    expect(await rejection(create({ ClientRequestToken: tokenOf('a'), SecretString: 'other' }))).toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('deprecated versions are listed on request only', async () => {
    await create();
    await put({ SecretString: 'two' });
    await put({ SecretString: 'three' });
    const list = async (IncludeDeprecated: boolean) =>
      (await client.send(new ListSecretVersionIdsCommand({ SecretId: Name, IncludeDeprecated }))).Versions?.length;
    expect([await list(false), await list(true)]).toEqual([2, 3]);
  });

  it('update replaces the description alone, or the value as well', async () => {
    await create();
    await client.send(new UpdateSecretCommand({ SecretId: Name, Description: 'for mail' }));
    expect((await get()).SecretString).toBe('one');
    await client.send(new UpdateSecretCommand({ SecretId: Name, SecretString: 'two' }));
    expect((await get()).SecretString).toBe('two');
    expect((await client.send(new DescribeSecretCommand({ SecretId: Name }))).Description).toBe('for mail');
  });
});

describe('deletion', () => {
  const remove = (more: object = {}) => client.send(new DeleteSecretCommand({ SecretId: Name, ...more }));

  it('waits for its recovery window, in domain time, and can be taken back until then', async () => {
    await create();
    await remove({ RecoveryWindowInDays: 7 });
    expect(await rejection(get())).toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('marked for deletion'),
    });
    expect(await rejection(create())).toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('scheduled for deletion'),
    });
    await sandbox.post('/clock/advance', { seconds: 6 * 86_400 });
    await client.send(new RestoreSecretCommand({ SecretId: Name }));
    expect((await get()).SecretString).toBe('one');
    await remove({ RecoveryWindowInDays: 7 });
    await sandbox.post('/clock/advance', { seconds: 7 * 86_400 + 1 });
    expect(await rejection(get())).toMatchObject({ name: 'ResourceNotFoundException' });
    await create();
  });

  it('without recovery is at once; windows are 7 to 30 days', async () => {
    await create();
    for (const more of [
      { RecoveryWindowInDays: 6 },
      { RecoveryWindowInDays: 31 },
      { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
    ])
      expect(await rejection(remove(more))).toMatchObject({ name: 'InvalidParameterException' });
    await remove({ ForceDeleteWithoutRecovery: true });
    await create();
  });
});

describe('what there is', () => {
  it('is listed by name, in pages, filtered, without what is marked for deletion unless asked', async () => {
    for (const name of ['b', 'a', 'c'])
      await client.send(new CreateSecretCommand({ Name: name, SecretString: 'x', Tags: [{ Key: 'k', Value: name }] }));
    await client.send(new DeleteSecretCommand({ SecretId: 'c' }));
    const list = async (more: object) => (await client.send(new ListSecretsCommand(more))).SecretList?.map((secret) => secret.Name);
    expect(await list({})).toEqual(['a', 'b']);
    expect(await list({ IncludePlannedDeletion: true })).toEqual(['a', 'b', 'c']);
    expect(await list({ SortOrder: 'desc' })).toEqual(['b', 'a']);
    expect(await list({ Filters: [{ Key: 'tag-value', Values: ['b'] }] })).toEqual(['b']);
    expect(await list({ Filters: [{ Key: 'name', Values: ['!b'] }] })).toEqual(['a']);
    const first = await client.send(new ListSecretsCommand({ MaxResults: 1 }));
    expect(await list({ MaxResults: 1, NextToken: first.NextToken })).toEqual(['b']);
    expect(await rejection(client.send(new ListSecretsCommand({ NextToken: 'x' })))).toMatchObject({ name: 'InvalidNextTokenException' });
  });

  it('can be tagged and untagged', async () => {
    await create();
    await client.send(
      new TagResourceCommand({
        SecretId: Name,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await client.send(new UntagResourceCommand({ SecretId: Name, TagKeys: ['a'] }));
    expect((await client.send(new DescribeSecretCommand({ SecretId: Name }))).Tags).toEqual([{ Key: 'b', Value: '2' }]);
  });
});

describe('bad input', () => {
  it.each<[string, string, object]>([
    ['a name with a blank', 'ValidationException', { Name: 'a b' }],
    ['a token that is too short', 'ValidationException', { ClientRequestToken: 'short' }],
    ['a value of more than 64 KiB', 'ValidationException', { SecretString: 'x'.repeat(65_537) }],
    ['both kinds of value', 'InvalidParameterException', { SecretBinary: Uint8Array.of(1) }],
  ])('%s', async (_what, name, more) => {
    expect(await rejection(create(more))).toMatchObject({ name, status: 400 });
  });

  it('a password follows its rules, and one that cannot be is refused', async () => {
    const { RandomPassword = '' } = await client.send(new GetRandomPasswordCommand({ PasswordLength: 20, ExcludePunctuation: true }));
    expect(RandomPassword).toMatch(/^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[A-Za-z0-9]{20}$/);
    expect(await rejection(client.send(new GetRandomPasswordCommand({ PasswordLength: 2 })))).toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});
