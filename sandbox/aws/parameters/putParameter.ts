/** PutParameter: names, sizes and types as Parameter Store judges them. */
import { z } from 'zod';
import { accountId } from '../../world/awsAccount.ts';
import type { AwsContext } from '../awsContext.ts';
import { AwsError } from '../awsError.ts';
import { newestOf, operation } from './parameterLookup.ts';
import { type Parameter, type ParameterVersion, parameterTypes, tiers } from './parameterStore.ts';

/** The API's bounds. */
const nameMax = 1011;
const levelsMax = 15;
const standardValueMax = 4096;
const advancedValueMax = 8192;
const historyMax = 100;

const tags = z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) })).max(50);

const input = z.object({
  Name: z.string().min(1).max(nameMax),
  Value: z.string().min(1),
  Type: z.enum(parameterTypes).optional(),
  Description: z.string().max(1024).default(''),
  KeyId: z.string().min(1).max(256).optional(),
  Overwrite: z.boolean().default(false),
  AllowedPattern: z.string().max(1024).default(''),
  Tags: tags.default([]),
  Tier: z.enum(tiers).default('Standard'),
  DataType: z.enum(['text']).default('text'),
});

type Input = z.output<typeof input>;

function nameProblem(name: string): AwsError | null {
  if (/^\/?(aws|ssm)(\/|$)/i.test(name))
    return new AwsError('ValidationException', 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).');
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name) || /\/\/|\/$/.test(name) || (name.includes('/') && !name.startsWith('/'))) {
    return new AwsError(
      'ValidationException',
      'Parameter name must be a fully qualified name of letters, numbers and the symbols . - _ /, such as /mail/dev/zone.',
    );
  }
  if (name.split('/').length - 1 > levelsMax)
    return new AwsError('HierarchyLevelLimitExceededException', `A parameter hierarchy can have at most ${levelsMax} levels.`);
  return null;
}

/** The tier that holds the value; Intelligent-Tiering chooses by its size. */
function tierFor({ Tier, Value }: Input): 'Standard' | 'Advanced' {
  const tier = Tier === 'Intelligent-Tiering' ? (Value.length > standardValueMax ? 'Advanced' : 'Standard') : Tier;
  const max = tier === 'Advanced' ? advancedValueMax : standardValueMax;
  if (Value.length <= max) return tier;
  const remedy =
    tier === 'Standard' ? ' To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.' : '';
  throw new AwsError('ValidationException', `${tier} tier parameters support a maximum parameter value of ${max} characters.${remedy}`);
}

/** RE2 in Parameter Store, JavaScript's here: they agree on what is simple. */
function refusePatternMismatch({ AllowedPattern: pattern, Value: value }: Input): void {
  if (pattern === '') return;
  let matches: boolean;
  try {
    matches = new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    throw new AwsError('InvalidAllowedPatternException', `The allowed pattern '${pattern}' is not a valid regular expression.`);
  }
  if (!matches)
    throw new AwsError('ParameterPatternMismatchException', `Parameter value, cannot be validated against allowedPattern: ${pattern}`);
}

function typeOf(asked: Input, existing: Parameter | undefined): ParameterVersion['type'] {
  const type = asked.Type ?? (existing === undefined ? undefined : newestOf(existing).type);
  if (type === undefined) throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
  return type;
}

function addVersion(context: AwsContext, parameter: Parameter, asked: Input, type: ParameterVersion['type']): ParameterVersion {
  const previous = parameter.versions.at(-1);
  const added: ParameterVersion = {
    version: (previous?.version ?? 0) + 1,
    ...{ type, tier: tierFor(asked), value: asked.Value, description: asked.Description, allowedPattern: asked.AllowedPattern },
    keyId: type === 'SecureString' ? (asked.KeyId ?? 'alias/aws/ssm') : null,
    ...{ modifiedAt: context.clock.now(), modifiedBy: `arn:aws:iam::${accountId}:user/sandbox`, labels: [] },
  };
  const oldest = parameter.versions[0];
  if (parameter.versions.length >= historyMax && (oldest?.labels.length ?? 0) > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${parameter.name} by calling the PutParameter API. Version ${oldest?.version ?? 1}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  parameter.versions = [...parameter.versions, added].slice(-historyMax);
  return added;
}

export const putParameter = operation(input, (context, asked) => {
  const problem = nameProblem(asked.Name);
  if (problem !== null) throw problem;
  const existing = context.parameters.find(asked.Name);
  if (existing !== undefined && !asked.Overwrite) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  if (asked.Overwrite && asked.Tags.length > 0) {
    throw new AwsError(
      'ValidationException',
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  const type = typeOf(asked, existing);
  refusePatternMismatch(asked);
  const parameter: Parameter = existing ?? { name: asked.Name, tags: asked.Tags, versions: [] };
  const added = addVersion(context, parameter, asked, type);
  context.parameters.add(parameter);
  return { Version: added.version, Tier: added.tier };
});
