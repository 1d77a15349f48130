/** Operations that read, label, tag and delete parameters. */
import { z } from 'zod';
import type { Json } from '../../world/world.ts';
import type { AwsContext, JsonOperation } from '../awsContext.ts';
import { AwsError } from '../awsError.ts';
import { pageOf } from '../page.ts';
import { newestOf, operation, readableValue, referenceMax, secondMs, select, shownParameter } from './parameterLookup.ts';
import { arnOfParameter, type Parameter } from './parameterStore.ts';
import { putParameter } from './putParameter.ts';

/** The API's bounds. */
const namesPerCallMax = 10;
const labelsPerVersionMax = 10;

const reference = z.string().min(1).max(referenceMax);
const referenceList = z.array(reference).min(1).max(namesPerCallMax);
const token = { NextToken: z.string().optional() };
const invalidToken = { code: 'InvalidNextToken' };

const missing = (name: string): AwsError => new AwsError('ParameterNotFound', `Parameter ${name} not found.`);

function parameterOf(context: AwsContext, name: string): Parameter {
  const parameter = context.parameters.find(name);
  if (parameter === undefined) throw missing(name);
  return parameter;
}

const getParameter = operation(z.object({ Name: reference, WithDecryption: z.boolean().default(false) }), (context, input) => {
  const selected = select(context, input.Name);
  if (selected === null) throw missing(input.Name);
  return { Parameter: shownParameter(context, selected, input.WithDecryption) };
});

const getParameters = operation(z.object({ Names: referenceList, WithDecryption: z.boolean().default(false) }), (context, input) => {
  const invalid: string[] = [];
  const found = input.Names.flatMap((name) => {
    try {
      const selected = select(context, name);
      if (selected !== null) return [shownParameter(context, selected, input.WithDecryption)];
    } catch (cause) {
      if (!(cause instanceof AwsError)) throw cause;
    }
    invalid.push(name);
    return [];
  });
  return { Parameters: found, InvalidParameters: invalid };
});

const pathFilter = z.object({
  Key: z.enum(['Type', 'KeyId', 'Label', 'Name', 'Path', 'Tier']),
  Option: z.enum(['Equals', 'BeginsWith', 'Contains', 'Recursive', 'OneLevel']).optional(),
  Values: z.array(z.string().min(1).max(1024)).max(50).default([]),
});

type Filter = z.output<typeof pathFilter>;

const isBeneath = (name: string, path: string, isRecursive: boolean): boolean => {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  return name.startsWith(prefix) && (isRecursive || !name.slice(prefix.length).includes('/'));
};

function matches(parameter: Parameter, { Key, Option, Values }: Filter): boolean {
  const newest = newestOf(parameter);
  if (Key === 'Path') return Values.some((path) => isBeneath(parameter.name, path, Option === 'Recursive'));
  if (Key === 'Label') return parameter.versions.some(({ labels }) => labels.some((label) => Values.includes(label)));
  const text = { Type: newest.type, KeyId: newest.keyId ?? '', Name: parameter.name, Tier: newest.tier }[Key];
  if (Option === 'BeginsWith') return Values.some((value) => text.startsWith(value));
  return Values.some((value) => (Option === 'Contains' ? text.includes(value) : text === value));
}

const byPathInput = z.object({
  Path: z.string().min(1).regex(/^\//, 'must begin with a slash, such as /mail/dev'),
  Recursive: z.boolean().default(false),
  ParameterFilters: z.array(pathFilter).default([]),
  WithDecryption: z.boolean().default(false),
  MaxResults: z.number().int().min(1).max(10).default(10),
  ...token,
});

const getParametersByPath = operation(byPathInput, (context, input) => {
  const unusable = input.ParameterFilters.find(({ Key }) => Key === 'Name' || Key === 'Path' || Key === 'Tier');
  if (unusable !== undefined) {
    throw new AwsError(
      'InvalidFilterKey',
      `The following filter key is not valid: ${unusable.Key}. Valid filter keys include: [Type, KeyId, Label].`,
    );
  }
  const wanted = context.parameters
    .all()
    .filter(({ name }) => isBeneath(name, input.Path, input.Recursive))
    .filter((parameter) => input.ParameterFilters.every((filter) => matches(parameter, filter)));
  const { items, next } = pageOf(wanted, { token: input.NextToken, max: input.MaxResults }, invalidToken);
  const shown = items.map((parameter) =>
    shownParameter(context, { parameter, version: newestOf(parameter), selector: null }, input.WithDecryption),
  );
  return { Parameters: shown, ...(next === undefined ? {} : { NextToken: next }) };
});

function metadata(parameter: Parameter, version = newestOf(parameter)): { [field: string]: Json } {
  return {
    Name: parameter.name,
    ARN: arnOfParameter(parameter.name),
    Type: version.type,
    ...(version.keyId === null ? {} : { KeyId: version.keyId }),
    LastModifiedDate: version.modifiedAt / secondMs,
    LastModifiedUser: version.modifiedBy,
    ...(version.description === '' ? {} : { Description: version.description }),
    ...(version.allowedPattern === '' ? {} : { AllowedPattern: version.allowedPattern }),
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: 'text',
  };
}

const describeInput = z.object({
  ParameterFilters: z.array(pathFilter).default([]),
  Filters: z.array(z.object({ Key: z.enum(['Name', 'Type', 'KeyId']), Values: z.array(z.string()).min(1) })).default([]),
  MaxResults: z.number().int().min(1).max(50).default(50),
  ...token,
});

const describeParameters = operation(describeInput, (context, input) => {
  const older: Filter[] = input.Filters.map(({ Key, Values }) => ({ Key, Option: Key === 'Name' ? 'BeginsWith' : 'Equals', Values }));
  const filters = [...input.ParameterFilters, ...older];
  const wanted = context.parameters.all().filter((parameter) => filters.every((filter) => matches(parameter, filter)));
  const { items, next } = pageOf(wanted, { token: input.NextToken, max: input.MaxResults }, invalidToken);
  return { Parameters: items.map((parameter) => metadata(parameter)), ...(next === undefined ? {} : { NextToken: next }) };
});

const historyInput = z.object({
  Name: reference,
  WithDecryption: z.boolean().default(false),
  MaxResults: z.number().int().min(1).max(50).default(50),
  ...token,
});

const getParameterHistory = operation(historyInput, (context, input) => {
  const parameter = parameterOf(context, input.Name);
  const { items, next } = pageOf(parameter.versions, { token: input.NextToken, max: input.MaxResults }, invalidToken);
  const shown = items.map((version) => ({
    ...metadata(parameter, version),
    Value: readableValue(context, { parameter, version, selector: null }, input.WithDecryption),
    Labels: [...version.labels],
  }));
  return { Parameters: shown, ...(next === undefined ? {} : { NextToken: next }) };
});

const labelInput = z.object({
  Name: reference,
  ParameterVersion: z.number().int().min(1).optional(),
  Labels: z.array(z.string().min(1).max(100)).min(1).max(labelsPerVersionMax),
});

/** A label is on one version at a time; one that is no label is told and passed over. */
const labelParameterVersion = operation(labelInput, (context, input) => {
  const parameter = parameterOf(context, input.Name);
  const wanted = input.ParameterVersion ?? newestOf(parameter).version;
  const version = parameter.versions.find((each) => each.version === wanted);
  if (version === undefined)
    throw new AwsError('ParameterVersionNotFound', `Systems Manager could not find version ${wanted} of ${parameter.name}.`);
  const isLabel = (label: string): boolean => /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(label) && !/^(aws|ssm)/i.test(label);
  const good = input.Labels.filter(isLabel);
  const held = new Set([...version.labels, ...good]);
  if (held.size > labelsPerVersionMax)
    throw new AwsError('ParameterVersionLabelLimitExceeded', `A parameter version can have at most ${labelsPerVersionMax} labels.`);
  for (const each of parameter.versions) each.labels = each.labels.filter((label) => !good.includes(label));
  version.labels = [...held].sort();
  return { InvalidLabels: input.Labels.filter((label) => !isLabel(label)), ParameterVersion: version.version };
});

const deleteParameter = operation(z.object({ Name: reference }), (context, input) => {
  if (!context.parameters.remove(input.Name)) throw missing(input.Name);
  return {};
});

const deleteParameters = operation(z.object({ Names: referenceList }), (context, input) => {
  const deleted = input.Names.filter((name) => context.parameters.remove(name));
  return { DeletedParameters: deleted, InvalidParameters: input.Names.filter((name) => !deleted.includes(name)) };
});

const tagTarget = { ResourceType: z.literal('Parameter', 'the sandbox tags parameters only'), ResourceId: reference };
const tagged = (context: AwsContext, name: string): Parameter => {
  const parameter = context.parameters.find(name);
  if (parameter === undefined) throw new AwsError('InvalidResourceId', `The resource ID is not valid: ${name}.`);
  return parameter;
};

const tagList = z
  .array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))
  .min(1)
  .max(50);

const addTags = operation(z.object({ ...tagTarget, Tags: tagList }), (context, input) => {
  const parameter = tagged(context, input.ResourceId);
  const added = new Set(input.Tags.map((tag) => tag.Key));
  parameter.tags = [...parameter.tags.filter((tag) => !added.has(tag.Key)), ...input.Tags];
  return {};
});

const removeTags = operation(z.object({ ...tagTarget, TagKeys: z.array(z.string()).min(1) }), (context, input) => {
  const parameter = tagged(context, input.ResourceId);
  parameter.tags = parameter.tags.filter((tag) => !input.TagKeys.includes(tag.Key));
  return {};
});

const listTags = operation(z.object(tagTarget), (context, input) => ({
  TagList: tagged(context, input.ResourceId).tags.map((tag) => ({ ...tag })),
}));

export const parameterOperations: Readonly<Record<string, JsonOperation>> = {
  PutParameter: putParameter,
  GetParameter: getParameter,
  GetParameters: getParameters,
  GetParametersByPath: getParametersByPath,
  GetParameterHistory: getParameterHistory,
  DescribeParameters: describeParameters,
  LabelParameterVersion: labelParameterVersion,
  DeleteParameter: deleteParameter,
  DeleteParameters: deleteParameters,
  AddTagsToResource: addTags,
  RemoveTagsFromResource: removeTags,
  ListTagsForResource: listTags,
};
