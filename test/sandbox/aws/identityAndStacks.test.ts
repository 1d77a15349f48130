import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStacksCommand,
  paginateListExports,
} from '@aws-sdk/client-cloudformation';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from 'vitest';
import { credentials, rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const at = { endpoint: sandbox.addresses.aws, region: 'us-east-1', maxAttempts: 1 };
const sts = new STSClient({ ...at, credentials });
const cloudFormation = new CloudFormationClient({ ...at, credentials });

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

type Given = { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined; SessionToken?: string | undefined } | undefined;

const clientOf = (given: Given): STSClient =>
  new STSClient({
    ...at,
    credentials: {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    },
  });

describe('who is calling', () => {
  const RoleArn = 'arn:aws:iam::123456789012:role/mail/provisioner';
  const assume = (client: STSClient, more: object = {}) =>
    client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'deploy', ...more }));

  it('is the account’s user, by any key', async () => {
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:user/sandbox',
    });
    expect((await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }))).Account).toBe('000000000000');
  });

  it('is the assumed role with the credentials that AssumeRole gave', async () => {
    const answer = await assume(sts);
    expect(answer.AssumedRoleUser?.Arn).toBe('arn:aws:sts::123456789012:assumed-role/provisioner/deploy');
    const identity = await clientOf(answer.Credentials).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({
      Account: '123456789012',
      Arn: answer.AssumedRoleUser?.Arn,
      UserId: expect.stringMatching(/^AROA[A-Z2-7]{17}:deploy$/),
    });
  });

  it('is told ExpiredToken when the session is over, in domain time, by every service', async () => {
    const { Credentials: given } = await assume(sts, { DurationSeconds: 900 });
    await sandbox.post('/clock/advance', { seconds: 901 });
    expect(await rejection(clientOf(given).send(new GetCallerIdentityCommand({})))).toMatchObject({ name: 'ExpiredToken', status: 403 });
    const secrets = new SecretsManagerClient({
      ...at,
      credentials: { accessKeyId: given?.AccessKeyId ?? '', secretAccessKey: given?.SecretAccessKey ?? '' },
    });
    expect(await rejection(secrets.send(new GetSecretValueCommand({ SecretId: 'x' })))).toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('that chains roles has an hour at most', async () => {
    const { Credentials: given } = await assume(sts);
    expect(await rejection(assume(clientOf(given), { DurationSeconds: 3601 }))).toMatchObject({ name: 'ValidationError' });
    await assume(clientOf(given), { DurationSeconds: 3600 });
    await assume(sts, { DurationSeconds: 43_200 });
  });

  it.each([
    ['no role', { RoleArn: 'arn:aws:iam::123456789012:user/x' }],
    ['a session name with a blank', { RoleSessionName: 'a b' }],
    ['a duration of less than 15 minutes', { DurationSeconds: 899 }],
    ['a duration of more than 12 hours', { DurationSeconds: 43_201 }],
  ])('is refused with %s', async (_what, more) => {
    expect(await rejection(assume(sts, more))).toMatchObject({ name: 'ValidationError', status: 400 });
  });

  it('may be a pod with a web identity token and nothing signed', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'RS256' })}.${part({ iss: 'https://oidc.example.com', sub: 'system:serviceaccount:mail:postroute', aud: ['sts.amazonaws.com'] })}.c2ln`;
    const input = { RoleArn, RoleSessionName: 'pod', WebIdentityToken: token };
    const answer = await sts.send(new AssumeRoleWithWebIdentityCommand(input));
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: 'system:serviceaccount:mail:postroute',
      Audience: 'sts.amazonaws.com',
      Provider: 'https://oidc.example.com',
    });
    expect((await clientOf(answer.Credentials).send(new GetCallerIdentityCommand({}))).Arn).toContain('assumed-role/provisioner/pod');
    const bad = await rejection(sts.send(new AssumeRoleWithWebIdentityCommand({ ...input, WebIdentityToken: 'not-a-jwt' })));
    expect(bad).toMatchObject({ name: expect.stringContaining('InvalidIdentityToken') });
  });

  it('may ask for a session of its own', async () => {
    expect((await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }))).Credentials?.AccessKeyId).toMatch(/^ASIA/);
  });
});

describe('stacks and exports, put there by hand', () => {
  const stack = (name: string, more: object = {}) =>
    sandbox.post('/aws/stack', {
      name,
      outputs: [
        { key: 'ZoneId', value: 'Z1', exportName: `${name}-ZoneId` },
        { key: 'Plain', value: 'p' },
      ],
      ...more,
    });

  it('are described with outputs, parameters and tags', async () => {
    await stack('Mail-dev', { description: 'mail', parameters: { Root: 'example.com' }, tags: { env: 'dev' } });
    const answer = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'Mail-dev' }));
    expect(answer.Stacks).toMatchObject([
      {
        StackName: 'Mail-dev',
        StackId: expect.stringMatching(/^arn:aws:cloudformation:us-east-1:000000000000:stack\/Mail-dev\/[0-9a-f-]{36}$/),
        StackStatus: 'CREATE_COMPLETE',
        Description: 'mail',
        Outputs: [
          { OutputKey: 'ZoneId', OutputValue: 'Z1', ExportName: 'Mail-dev-ZoneId' },
          { OutputKey: 'Plain', OutputValue: 'p' },
        ],
        Parameters: [{ ParameterKey: 'Root', ParameterValue: 'example.com' }],
        Tags: [{ Key: 'env', Value: 'dev' }],
      },
    ]);
  });

  it('are found by id, keep it over an update, and are listed', async () => {
    await stack('one');
    await stack('two', { status: 'ROLLBACK_COMPLETE' });
    const id = String((await stack('one', { status: 'UPDATE_COMPLETE' })).body['stackId']);
    const byId = await cloudFormation.send(new DescribeStacksCommand({ StackName: id }));
    expect(byId.Stacks?.[0]).toMatchObject({ StackStatus: 'UPDATE_COMPLETE', LastUpdatedTime: expect.any(Date) });
    expect((await cloudFormation.send(new DescribeStacksCommand({}))).Stacks).toHaveLength(2);
    const listed = await cloudFormation.send(new ListStacksCommand({ StackStatusFilter: ['ROLLBACK_COMPLETE'] }));
    expect(listed.StackSummaries?.map((each) => each.StackName)).toEqual(['two']);
  });

  it('are a ValidationError when they are not there', async () => {
    expect(await rejection(cloudFormation.send(new DescribeStacksCommand({ StackName: 'none' })))).toEqual({
      name: 'ValidationError',
      status: 400,
      message: 'Stack with id none does not exist',
    });
  });

  it('export in pages of 100, and an export is gone with its stack', async () => {
    const outputs = Array.from({ length: 150 }, (_, index) => ({
      key: `K${index}`,
      value: `v${index}`,
      exportName: `e-${String(index).padStart(3, '0')}`,
    }));
    await stack('many', { outputs });
    const names: (string | undefined)[] = [];
    let pages = 0;
    for await (const page of paginateListExports({ client: cloudFormation }, {})) {
      pages += 1;
      names.push(...(page.Exports ?? []).map((each) => each.Name));
    }
    expect([pages, names.length, names[149]]).toEqual([2, 150, 'e-149']);
    await fetch(`${sandbox.addresses.control}/aws/stack?name=many`, { method: 'DELETE' });
    expect((await cloudFormation.send(new ListExportsCommand({}))).Exports ?? []).toEqual([]);
    expect(await rejection(cloudFormation.send(new ListImportsCommand({ ExportName: 'e-001' })))).toMatchObject({
      message: "Export 'e-001' does not exist.",
    });
  });

  it('may not export a name that another stack exports', async () => {
    await stack('one', { outputs: [{ key: 'A', value: '1', exportName: 'shared' }] });
    expect(await stack('two', { outputs: [{ key: 'B', value: '2', exportName: 'shared' }] })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("exportName 'shared' is exported by stack") },
    });
    expect(await rejection(cloudFormation.send(new ListImportsCommand({ ExportName: 'shared' })))).toMatchObject({
      message: "Export 'shared' is not imported by any stack.",
    });
  });
});

describe('one port for all of AWS', () => {
  it('answers Route 53 and KMS as well, counted under their own names', async () => {
    const route53 = new Route53Client({ ...at, credentials });
    const kms = new KMSClient({ ...at, credentials });
    expect((await route53.send(new ListHostedZonesCommand({}))).HostedZones).toHaveLength(1);
    expect((await kms.send(new ListKeysCommand({}))).Keys).toHaveLength(1);
    expect((await sandbox.get('/state')).body['calls']).toMatchObject({ route53: { ListHostedZones: 1 }, kms: { ListKeys: 1 }, aws: {} });
  });

  it('refuses what is not signed, what is not served and what is no call', async () => {
    const ask = async (init: RequestInit) => {
      const response = await fetch(sandbox.addresses.aws, { method: 'POST', ...init });
      return { status: response.status, text: await response.text() };
    };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const signature = 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00';
    expect(await ask({ headers: form, body: 'Action=GetCallerIdentity&Version=2011-06-15' })).toMatchObject({
      status: 403,
      text: expect.stringContaining('<Code>MissingAuthenticationToken</Code>'),
    });
    expect(await ask({ headers: { 'x-amz-target': 'AmazonSSM.GetParameter' }, body: '{}' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('MissingAuthenticationTokenException'),
    });
    const signed = { authorization: signature };
    expect((await ask({ headers: { ...form, ...signed }, body: 'Action=DecodeX&Version=2011-06-15' })).text).toContain(
      'The sandbox does not serve DecodeX; it serves AssumeRole',
    );
    expect((await ask({ headers: { ...signed, 'x-amz-target': 'AmazonSSM.SendCommand' }, body: '{}' })).text).toContain(
      'does not serve SendCommand',
    );
    expect((await ask({ headers: { ...signed, 'x-amz-target': 'DynamoDB_20120810.GetItem' }, body: '{}' })).text).toContain(
      'it serves Secrets Manager',
    );
    expect((await ask({ headers: { ...signed, 'x-amz-target': 'AmazonSSM.GetParameter' }, body: '{' })).text).toContain(
      'SerializationException',
    );
    expect((await ask({ headers: signed, body: 'hello' })).text).toContain('x-amz-target');
    expect((await ask({ headers: { ...signed, 'x-amz-target': 'secretsmanager.constructor' }, body: '{}' })).status).toBe(400);
  });

  it('is kept over a restart, and forgotten by a reset', async () => {
    await sandbox.post('/aws/stack', { name: 'kept', outputs: [{ key: 'A', value: '1', exportName: 'x' }] });
    await sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/r', RoleSessionName: 'ss' }));
    const saved = JSON.parse(JSON.stringify(sandbox.rooms.aws.save()));
    await sandbox.post('/reset', {});
    expect(sandbox.rooms.aws.save()).toEqual({ secrets: [], parameters: [], sessions: [], stacks: [] });
    sandbox.rooms.aws.restore(saved);
    expect(sandbox.rooms.aws.save()).toEqual(saved);
  });
});
