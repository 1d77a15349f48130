/** Operations on what secrets hold. A repeated call with the same token and content changes nothing and answers the same. */
import { z } from 'zod';
import type { Json } from '../../world/world.ts';
import type { AwsContext, JsonOperation } from '../awsContext.ts';
import { AwsError } from '../awsError.ts';
import { pageOf } from '../page.ts';
import {
  operation,
  requestToken,
  secondMs,
  secretOf,
  secretReference,
  stageName,
  tagList,
  usableSecret,
  versionOf,
} from './secretLookup.ts';
import { arnOfSecret, type Secret, type SecretVersion } from './secretStore.ts';
import { addVersion, attachStages, currentStage, detachStage } from './versionStages.ts';

/** The API's bound on a value. */
const valueBytesMax = 65_536;
const dayMs = 86_400_000;
const suffixAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const content = {
  SecretString: z.string().max(valueBytesMax).optional(),
  SecretBinary: z
    .base64()
    .max(Math.ceil(valueBytesMax / 3) * 4)
    .optional(),
};

type Content = { SecretString?: string | undefined; SecretBinary?: string | undefined };

const isSame = (version: SecretVersion, asked: Content): boolean =>
  version.text === (asked.SecretString ?? null) && version.binary === (asked.SecretBinary ?? null);

function newVersion(context: AwsContext, id: string | undefined, asked: Content): SecretVersion {
  if ((asked.SecretString === undefined) === (asked.SecretBinary === undefined)) {
    throw new AwsError('InvalidParameterException', 'You must provide either SecretString or SecretBinary, and not both.');
  }
  return {
    id: id ?? context.random.uuid(),
    createdAt: context.clock.now(),
    stages: [],
    text: asked.SecretString ?? null,
    binary: asked.SecretBinary ?? null,
  };
}

function shownValue(secret: Secret, version: SecretVersion): { [field: string]: Json } {
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...(version.text === null ? {} : { SecretString: version.text }),
    ...(version.binary === null ? {} : { SecretBinary: version.binary }),
    VersionStages: [...version.stages],
    CreatedDate: version.createdAt / secondMs,
  };
}

const createInput = z.object({
  Name: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[A-Za-z0-9/_+=.@-]+$/, 'Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!'),
  ClientRequestToken: requestToken.optional(),
  Description: z.string().max(2048).default(''),
  KmsKeyId: z.string().max(2048).optional(),
  Tags: tagList.default([]),
  ...content,
});

function repeatedCreate(existing: Secret, input: z.output<typeof createInput>): Json {
  const first = existing.versions.find((version) => version.id === input.ClientRequestToken);
  if (existing.deletedAt !== null) {
    throw new AwsError(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  if (first === undefined || !isSame(first, input))
    throw new AwsError('ResourceExistsException', `The operation failed because the secret ${input.Name} already exists.`);
  return { ARN: existing.arn, Name: existing.name, VersionId: first.id };
}

const createSecret = operation(createInput, (context, input) => {
  const existing = context.secrets.find(input.Name);
  if (existing !== undefined) return repeatedCreate(existing, input);
  const now = context.clock.now();
  const suffix = [...context.random.bytes(6)].map((byte) => suffixAlphabet.charAt(byte % suffixAlphabet.length)).join('');
  const secret: Secret = {
    ...{ arn: arnOfSecret(input.Name, suffix), name: input.Name, description: input.Description, kmsKeyId: input.KmsKeyId ?? null },
    ...{ createdAt: now, changedAt: now, accessedAt: null, deletedAt: null, goneAt: null, tags: input.Tags, versions: [] },
  };
  const isEmpty = input.SecretString === undefined && input.SecretBinary === undefined;
  const version = isEmpty ? null : newVersion(context, input.ClientRequestToken, input);
  if (version !== null) addVersion(secret, version, [currentStage]);
  context.secrets.add(secret);
  return { ARN: secret.arn, Name: secret.name, ...(version === null ? {} : { VersionId: version.id }) };
});

function read(context: AwsContext, input: { SecretId: string; VersionId?: string | undefined; VersionStage?: string | undefined }) {
  const secret = usableSecret(context, input.SecretId);
  const version = versionOf(secret, input);
  // The day of the last access is all that is told of it.
  secret.accessedAt = Math.floor(context.clock.now() / dayMs) * dayMs;
  return shownValue(secret, version);
}

const getInput = z.object({ SecretId: secretReference, VersionId: requestToken.optional(), VersionStage: stageName.optional() });

const getSecretValue = operation(getInput, (context, input) => read(context, input));

const batchInput = z.object({
  SecretIdList: z.array(secretReference).min(1).max(20),
  MaxResults: z.number().int().min(1).max(20).default(20),
  NextToken: z.string().optional(),
});

const batchGetSecretValue = operation(batchInput, (context, input) => {
  const errors: Json[] = [];
  const page = pageOf(input.SecretIdList, { token: input.NextToken, max: input.MaxResults }, { code: 'InvalidNextTokenException' });
  const values = page.items.flatMap((reference): Json[] => {
    try {
      return [read(context, { SecretId: reference })];
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
      errors.push({ SecretId: reference, ErrorCode: cause.code, Message: cause.message });
      return [];
    }
  });
  return { SecretValues: values, Errors: errors, ...(page.next === undefined ? {} : { NextToken: page.next }) };
});

const putInput = z.object({
  SecretId: secretReference,
  ClientRequestToken: requestToken.optional(),
  VersionStages: z.array(stageName).min(1).max(20).default([currentStage]),
  ...content,
});

function store(context: AwsContext, secret: Secret, input: Omit<z.output<typeof putInput>, 'SecretId'>): SecretVersion {
  const repeated = secret.versions.find((version) => version.id === input.ClientRequestToken);
  if (repeated === undefined) {
    const version = newVersion(context, input.ClientRequestToken, input);
    addVersion(secret, version, secret.versions.length === 0 ? [...new Set([currentStage, ...input.VersionStages])] : input.VersionStages);
    secret.changedAt = context.clock.now();
    return version;
  }
  if (isSame(repeated, input)) return repeated;
  throw new AwsError(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${repeated.id} because that value is already in use for a version of secret ${secret.arn}.`,
  );
}

const putSecretValue = operation(putInput, (context, { SecretId, ...input }) => {
  const secret = usableSecret(context, SecretId);
  const version = store(context, secret, input);
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.stages] };
});

const updateInput = z.object({
  SecretId: secretReference,
  ClientRequestToken: requestToken.optional(),
  Description: z.string().max(2048).optional(),
  KmsKeyId: z.string().max(2048).optional(),
  ...content,
});

const updateSecret = operation(updateInput, (context, input) => {
  const secret = usableSecret(context, input.SecretId);
  const hasContent = input.SecretString !== undefined || input.SecretBinary !== undefined;
  const version = hasContent ? store(context, secret, { ...input, VersionStages: [currentStage] }) : null;
  secret.description = input.Description ?? secret.description;
  secret.kmsKeyId = input.KmsKeyId ?? secret.kmsKeyId;
  secret.changedAt = context.clock.now();
  return { ARN: secret.arn, Name: secret.name, ...(version === null ? {} : { VersionId: version.id }) };
});

const stageInput = z.object({
  SecretId: secretReference,
  VersionStage: stageName,
  RemoveFromVersionId: requestToken.optional(),
  MoveToVersionId: requestToken.optional(),
});

const updateSecretVersionStage = operation(stageInput, (context, input) => {
  const secret = secretOf(context, input.SecretId);
  const holder = secret.versions.find((version) => version.stages.includes(input.VersionStage));
  if (holder !== undefined && holder.id !== input.RemoveFromVersionId && holder.id !== input.MoveToVersionId) {
    throw new AwsError(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label ${input.VersionStage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  const target = input.MoveToVersionId === undefined ? null : versionOf(secret, { VersionId: input.MoveToVersionId });
  if (target !== null) attachStages(secret, target, [input.VersionStage]);
  else if (input.VersionStage === currentStage)
    throw new AwsError(
      'InvalidParameterException',
      'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
    );
  else if (holder !== undefined) detachStage(holder, input.VersionStage);
  secret.changedAt = context.clock.now();
  return { ARN: secret.arn, Name: secret.name };
});

export const secretValueOperations: Readonly<Record<string, JsonOperation>> = {
  CreateSecret: createSecret,
  GetSecretValue: getSecretValue,
  BatchGetSecretValue: batchGetSecretValue,
  PutSecretValue: putSecretValue,
  UpdateSecret: updateSecret,
  UpdateSecretVersionStage: updateSecretVersionStage,
};
