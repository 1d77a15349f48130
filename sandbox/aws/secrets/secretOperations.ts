/** Operations on secrets as such: what there is, deletion and rescue, tags. None of them shows a value. */
import { z } from 'zod';
import type { Json } from '../../world/world.ts';
import type { JsonOperation } from '../awsContext.ts';
import { AwsError } from '../awsError.ts';
import { pageOf } from '../page.ts';
import { randomPassword } from './randomPassword.ts';
import { operation, secondMs, secretOf, secretReference, tagList, usableSecret } from './secretLookup.ts';
import type { Secret } from './secretStore.ts';

const dayMs = 86_400_000;
const tagsMax = 50;

function described(secret: Secret): { [field: string]: Json } {
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description === '' ? {} : { Description: secret.description }),
    ...(secret.kmsKeyId === null ? {} : { KmsKeyId: secret.kmsKeyId }),
    CreatedDate: secret.createdAt / secondMs,
    LastChangedDate: secret.changedAt / secondMs,
    ...(secret.accessedAt === null ? {} : { LastAccessedDate: secret.accessedAt / secondMs }),
    ...(secret.deletedAt === null ? {} : { DeletedDate: secret.deletedAt / secondMs }),
    Tags: secret.tags.map((tag) => ({ ...tag })),
  };
}

const stagesOf = (secret: Secret): { [id: string]: Json } =>
  Object.fromEntries(secret.versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, [...stages]]));

const describeSecret = operation(z.object({ SecretId: secretReference }), (context, input) => {
  const secret = secretOf(context, input.SecretId);
  return { ...described(secret), VersionIdsToStages: stagesOf(secret) };
});

const filter = z.object({
  Key: z.enum(['description', 'name', 'tag-key', 'tag-value', 'all']),
  Values: z.array(z.string().max(512)).min(1).max(10),
});

const listInput = z.object({
  MaxResults: z.number().int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
  Filters: z.array(filter).max(10).default([]),
  SortOrder: z.enum(['asc', 'desc']).default('asc'),
  IncludePlannedDeletion: z.boolean().default(false),
});

/** Values match what begins with them, and with `!` before them what does not. */
function matches(secret: Secret, { Key, Values }: z.output<typeof filter>): boolean {
  const texts: Record<string, string[]> = {
    name: [secret.name],
    description: [secret.description],
    'tag-key': secret.tags.map((tag) => tag.Key),
    'tag-value': secret.tags.map((tag) => tag.Value),
  };
  const looked = Key === 'all' ? Object.values(texts).flat() : (texts[Key] ?? []);
  const begins = (value: string): boolean => looked.some((text) => text.toLowerCase().startsWith(value.toLowerCase()));
  return Values.some((value) => (value.startsWith('!') ? !begins(value.slice(1)) : begins(value)));
}

const listSecrets = operation(listInput, (context, input) => {
  const wanted = context.secrets
    .all()
    .filter(
      (secret) => (input.IncludePlannedDeletion || secret.deletedAt === null) && input.Filters.every((each) => matches(secret, each)),
    );
  const ordered = input.SortOrder === 'asc' ? wanted : wanted.reverse();
  const { items, next } = pageOf(ordered, { token: input.NextToken, max: input.MaxResults }, { code: 'InvalidNextTokenException' });
  const shown = items.map((secret) => ({ ...described(secret), SecretVersionsToStages: stagesOf(secret) }));
  return { SecretList: shown, ...(next === undefined ? {} : { NextToken: next }) };
});

const versionsInput = z.object({
  SecretId: secretReference,
  MaxResults: z.number().int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
  IncludeDeprecated: z.boolean().default(false),
});

const listSecretVersionIds = operation(versionsInput, (context, input) => {
  const secret = secretOf(context, input.SecretId);
  const wanted = secret.versions.filter(({ stages }) => input.IncludeDeprecated || stages.length > 0);
  const { items, next } = pageOf(wanted, { token: input.NextToken, max: input.MaxResults }, { code: 'InvalidNextTokenException' });
  const versions = items.map(({ id, stages, createdAt }) => ({
    VersionId: id,
    VersionStages: [...stages],
    CreatedDate: createdAt / secondMs,
  }));
  return { ARN: secret.arn, Name: secret.name, Versions: versions, ...(next === undefined ? {} : { NextToken: next }) };
});

const deleteInput = z.object({
  SecretId: secretReference,
  RecoveryWindowInDays: z.number().int().optional(),
  ForceDeleteWithoutRecovery: z.boolean().default(false),
});

const deleteSecret = operation(deleteInput, (context, input) => {
  const now = context.clock.now();
  const days = input.RecoveryWindowInDays ?? 30;
  if (input.ForceDeleteWithoutRecovery && input.RecoveryWindowInDays !== undefined)
    throw new AwsError('InvalidParameterException', "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  if (days < 7 || days > 30)
    throw new AwsError('InvalidParameterException', 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  const secret = input.ForceDeleteWithoutRecovery ? secretOf(context, input.SecretId) : usableSecret(context, input.SecretId);
  if (input.ForceDeleteWithoutRecovery) context.secrets.remove(secret.name);
  secret.deletedAt = now;
  secret.goneAt = now + days * dayMs;
  const deletionAt = input.ForceDeleteWithoutRecovery ? now : secret.goneAt;
  return { ARN: secret.arn, Name: secret.name, DeletionDate: deletionAt / secondMs };
});

const restoreSecret = operation(z.object({ SecretId: secretReference }), (context, input) => {
  const secret = secretOf(context, input.SecretId);
  secret.deletedAt = null;
  secret.goneAt = null;
  return { ARN: secret.arn, Name: secret.name };
});

const tagResource = operation(z.object({ SecretId: secretReference, Tags: tagList.min(1) }), (context, input) => {
  const secret = usableSecret(context, input.SecretId);
  const added = new Set(input.Tags.map((tag) => tag.Key));
  const tags = [...secret.tags.filter((tag) => !added.has(tag.Key)), ...input.Tags];
  if (tags.length > tagsMax) throw new AwsError('LimitExceededException', `A secret has at most ${tagsMax} tags.`);
  secret.tags = tags;
  return {};
});

const untagResource = operation(z.object({ SecretId: secretReference, TagKeys: z.array(z.string()).min(1) }), (context, input) => {
  const secret = usableSecret(context, input.SecretId);
  secret.tags = secret.tags.filter((tag) => !input.TagKeys.includes(tag.Key));
  return {};
});

const passwordInput = z.object({
  PasswordLength: z.number().int().min(1).max(4096).default(32),
  ExcludeCharacters: z.string().max(4096).default(''),
  ExcludeNumbers: z.boolean().default(false),
  ExcludePunctuation: z.boolean().default(false),
  ExcludeUppercase: z.boolean().default(false),
  ExcludeLowercase: z.boolean().default(false),
  IncludeSpace: z.boolean().default(false),
  RequireEachIncludedType: z.boolean().default(true),
});

const getRandomPassword = operation(passwordInput, (context, input) => {
  const password = randomPassword(context.random, input);
  if (password === null)
    throw new AwsError('InvalidParameterException', 'The password length is too short, or every character is excluded.');
  return { RandomPassword: password };
});

export const secretOperations: Readonly<Record<string, JsonOperation>> = {
  DescribeSecret: describeSecret,
  ListSecrets: listSecrets,
  ListSecretVersionIds: listSecretVersionIds,
  DeleteSecret: deleteSecret,
  RestoreSecret: restoreSecret,
  TagResource: tagResource,
  UntagResource: untagResource,
  GetRandomPassword: getRandomPassword,
};
