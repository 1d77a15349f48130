import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  RemoveTagsFromResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { credentials, rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const client = new SSMClient({ endpoint: sandbox.addresses.aws, region: 'us-east-1', credentials, maxAttempts: 1 });
afterAll(() => client.destroy());

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

const Name = '/mail/dev/zone';
const put = (more: object = {}) => client.send(new PutParameterCommand({ Name, Value: 'v', Type: 'String', ...more }));
const get = async (name = Name, WithDecryption = false) =>
  (await client.send(new GetParameterCommand({ Name: name, WithDecryption }))).Parameter;

describe('a parameter', () => {
  it('is created, read, overwritten with a new version, and deleted', async () => {
    expect(await put()).toMatchObject({ Version: 1, Tier: 'Standard' });
    expect(await get()).toMatchObject({
      Name,
      Type: 'String',
      Value: 'v',
      Version: 1,
      ARN: expect.stringMatching(/^arn:aws:ssm:us-east-1:\d{12}:parameter\/mail\/dev\/zone$/),
      DataType: 'text',
    });
    expect(await put({ Value: 'w', Overwrite: true, Type: undefined })).toMatchObject({ Version: 2 });
    expect((await get())?.Value).toBe('w');
    await client.send(new DeleteParameterCommand({ Name }));
    expect(await rejection(get())).toMatchObject({ name: 'ParameterNotFound', status: 400 });
    expect(await rejection(client.send(new DeleteParameterCommand({ Name })))).toMatchObject({ name: 'ParameterNotFound' });
  });

  it('is not overwritten unless asked', async () => {
    await put();
    expect(await rejection(put())).toMatchObject({ name: 'ParameterAlreadyExists' });
  });

  it('is read by ARN, by version and by label', async () => {
    await put();
    await put({ Value: 'w', Overwrite: true });
    await client.send(new LabelParameterVersionCommand({ Name, ParameterVersion: 1, Labels: ['stable', '1bad'] }));
    expect((await get((await get())?.ARN))?.Value).toBe('w');
    expect(await get(`${Name}:1`)).toMatchObject({ Value: 'v', Selector: ':1' });
    expect(await get(`${Name}:stable`)).toMatchObject({ Value: 'v', Selector: ':stable' });
    expect(await rejection(get(`${Name}:9`))).toMatchObject({ name: 'ParameterVersionNotFound' });
    expect(await rejection(get(`${Name}:none`))).toMatchObject({ name: 'ParameterVersionLabelNotFound' });
    await client.send(new LabelParameterVersionCommand({ Name, ParameterVersion: 2, Labels: ['stable'] }));
    expect((await get(`${Name}:stable`))?.Value).toBe('w');
  });

  it('that is secure shows its ciphertext, always the same, until it is decrypted', async () => {
    await put({ Type: 'SecureString', Value: 'secret-token' });
    const [first, again] = [(await get())?.Value, (await get())?.Value];
    expect(first).toBe(again);
    expect(Buffer.from(first ?? '', 'base64').toString('latin1')).not.toContain('secret-token');
    expect((await get(Name, true))?.Value).toBe('secret-token');
  });

  it('has a history, with labels', async () => {
    await put();
    await put({ Value: 'w', Overwrite: true });
    await client.send(new LabelParameterVersionCommand({ Name, ParameterVersion: 1, Labels: ['old'] }));
    const history = await client.send(new GetParameterHistoryCommand({ Name }));
    expect(history.Parameters?.map((each) => [each.Version, each.Value, each.Labels])).toEqual([
      [1, 'v', ['old']],
      [2, 'w', []],
    ]);
  });

  it('keeps 100 versions, and refuses one more while the oldest has a label', async () => {
    await put();
    await client.send(new LabelParameterVersionCommand({ Name, Labels: ['keep'] }));
    for (let version = 2; version <= 100; version += 1) await put({ Value: String(version), Overwrite: true });
    expect(await rejection(put({ Value: 'x', Overwrite: true }))).toMatchObject({ name: 'ParameterMaxVersionLimitExceeded' });
    await client.send(new LabelParameterVersionCommand({ Name, ParameterVersion: 100, Labels: ['keep'] }));
    expect(await put({ Value: 'x', Overwrite: true })).toMatchObject({ Version: 101 });
    expect(await rejection(get(`${Name}:1`))).toMatchObject({ name: 'ParameterVersionNotFound' });
  });

  it('can be tagged', async () => {
    const target = { ResourceType: 'Parameter' as const, ResourceId: Name };
    await put({ Tags: [{ Key: 'a', Value: '1' }] });
    await client.send(new AddTagsToResourceCommand({ ...target, Tags: [{ Key: 'b', Value: '2' }] }));
    await client.send(new RemoveTagsFromResourceCommand({ ...target, TagKeys: ['a'] }));
    expect((await client.send(new ListTagsForResourceCommand(target))).TagList).toEqual([{ Key: 'b', Value: '2' }]);
    expect(await rejection(client.send(new ListTagsForResourceCommand({ ...target, ResourceId: 'none' })))).toMatchObject({
      name: 'InvalidResourceId',
    });
    expect(await rejection(put({ Overwrite: true, Tags: [{ Key: 'a', Value: '1' }] }))).toMatchObject({ name: 'ValidationException' });
  });
});

describe('several parameters', () => {
  const names = ['/mail/dev/zone', '/mail/dev/id', '/mail/dev/deep/a', '/mail/prod/zone', 'plain'];

  beforeEach(async () => {
    for (const name of names) await put({ Name: name, Value: name, Type: name.endsWith('id') ? 'SecureString' : 'String' });
  });

  it('come by name, with those that are not there named', async () => {
    const answer = await client.send(new GetParametersCommand({ Names: ['plain', 'none', '/mail/dev/zone:7'] }));
    expect(answer.Parameters?.map((each) => each.Name)).toEqual(['plain']);
    expect(answer.InvalidParameters).toEqual(['none', '/mail/dev/zone:7']);
    expect(
      await rejection(client.send(new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, index) => `n${index}`) }))),
    ).toMatchObject({
      name: 'ValidationException',
    });
  });

  it('come by path: one level, or all beneath it, in pages', async () => {
    const byPath = async (more: object) =>
      (await client.send(new GetParametersByPathCommand({ Path: '/mail/dev', ...more }))).Parameters?.map((each) => each.Name);
    expect(await byPath({})).toEqual(['/mail/dev/id', '/mail/dev/zone']);
    expect(await byPath({ Recursive: true })).toEqual(['/mail/dev/deep/a', '/mail/dev/id', '/mail/dev/zone']);
    expect(await byPath({ ParameterFilters: [{ Key: 'Type', Values: ['SecureString'] }] })).toEqual(['/mail/dev/id']);
    expect(await rejection(byPath({ ParameterFilters: [{ Key: 'Name', Values: ['x'] }] }))).toMatchObject({ name: 'InvalidFilterKey' });
    const pages: number[] = [];
    for await (const page of paginateGetParametersByPath({ client, pageSize: 2 }, { Path: '/', Recursive: true }))
      pages.push(page.Parameters?.length ?? 0);
    expect(pages).toEqual([2, 2]);
    expect(await rejection(byPath({ NextToken: 'x' }))).toMatchObject({ name: 'InvalidNextToken' });
  });

  it('are described without their values, filtered by name, type and path', async () => {
    const describeBy = async (...ParameterFilters: { Key: string; Option?: string; Values: string[] }[]) =>
      (await client.send(new DescribeParametersCommand({ ParameterFilters }))).Parameters?.map((each) => each.Name);
    expect(await describeBy()).toHaveLength(5);
    expect(await describeBy({ Key: 'Name', Option: 'Contains', Values: ['zone'] })).toEqual(['/mail/dev/zone', '/mail/prod/zone']);
    expect(await describeBy({ Key: 'Name', Option: 'BeginsWith', Values: ['/mail/p'] })).toEqual(['/mail/prod/zone']);
    expect(await describeBy({ Key: 'Path', Option: 'Recursive', Values: ['/mail/dev'] }, { Key: 'Type', Values: ['String'] })).toEqual([
      '/mail/dev/deep/a',
      '/mail/dev/zone',
    ]);
    expect(JSON.stringify(await client.send(new DescribeParametersCommand({})))).not.toContain('"Value"');
  });

  it('are deleted together, with those that are not there named', async () => {
    const answer = await client.send(new DeleteParametersCommand({ Names: ['plain', 'none'] }));
    expect([answer.DeletedParameters, answer.InvalidParameters]).toEqual([['plain'], ['none']]);
  });
});

describe('what Parameter Store does not take', () => {
  it.each<[string, string, object]>([
    ['a name of AWS', 'ValidationException', { Name: '/aws/x' }],
    ['a path that does not begin with a slash', 'ValidationException', { Name: 'a/b' }],
    ['a name with a blank', 'ValidationException', { Name: 'a b' }],
    ['sixteen levels', 'HierarchyLevelLimitExceededException', { Name: '/a'.repeat(16) }],
    ['no type', 'ValidationException', { Type: undefined }],
    ['4,097 characters in the standard tier', 'ValidationException', { Value: 'x'.repeat(4097) }],
    ['8,193 characters in the advanced tier', 'ValidationException', { Value: 'x'.repeat(8193), Tier: 'Advanced' }],
    ['a value that the pattern does not allow', 'ParameterPatternMismatchException', { AllowedPattern: '\\d+', Value: 'x' }],
    ['a pattern that is none', 'InvalidAllowedPatternException', { AllowedPattern: '(' }],
  ])('%s', async (_what, name, more) => {
    expect(await rejection(put(more))).toMatchObject({ name, status: 400 });
  });

  it('a large value goes in with the advanced tier, or with intelligent tiering', async () => {
    expect(await put({ Value: 'x'.repeat(4097), Tier: 'Advanced' })).toMatchObject({ Tier: 'Advanced' });
    expect(await put({ Name: 'other', Value: 'x'.repeat(4097), Tier: 'Intelligent-Tiering' })).toMatchObject({ Tier: 'Advanced' });
  });
});
