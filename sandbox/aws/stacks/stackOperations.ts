/** CloudFormation, as far as readers of outputs and exports call it. */
import { z } from 'zod';
import type { XmlNode } from '../../world/xmlWriter.ts';
import { type AwsContext, type QueryOperation, queryOperation } from '../awsContext.ts';
import { AwsError } from '../awsError.ts';
import { pageOf } from '../page.ts';
import type { Stack } from './stackStore.ts';

const operation = queryOperation('ValidationError');
const invalidToken = { code: 'ValidationError' };

/** Items a page, as CloudFormation has them. */
const pageMax = 100;

const tokenInput = { NextToken: z.string().min(1).max(1024).optional() };

const iso = (at: number | null): string | undefined => (at === null ? undefined : new Date(at).toISOString());

const shownStack = (stack: Stack): XmlNode => ({
  StackId: stack.id,
  StackName: stack.name,
  Description: stack.description ?? undefined,
  Parameters: { member: stack.parameters.map(({ key, value }) => ({ ParameterKey: key, ParameterValue: value })) },
  CreationTime: iso(stack.createdAt),
  LastUpdatedTime: iso(stack.updatedAt),
  StackStatus: stack.status,
  DisableRollback: false,
  Outputs: {
    member: stack.outputs.map(({ key, value, exportName, description }) => ({
      OutputKey: key,
      OutputValue: value,
      Description: description ?? undefined,
      ExportName: exportName ?? undefined,
    })),
  },
  Tags: { member: stack.tags.map(({ key, value }) => ({ Key: key, Value: value })) },
  DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  EnableTerminationProtection: false,
});

function stacksAsked(context: AwsContext, reference: string | undefined): Stack[] {
  if (reference === undefined) return context.stacks.all();
  const stack = context.stacks.find(reference);
  if (stack === undefined) throw new AwsError('ValidationError', `Stack with id ${reference} does not exist`);
  return [stack];
}

const describeStacks = operation(z.object({ StackName: z.string().min(1).max(2048).optional(), ...tokenInput }), (context, input) => {
  const { items, next } = pageOf(stacksAsked(context, input.StackName), { token: input.NextToken, max: pageMax }, invalidToken);
  return { Stacks: { member: items.map(shownStack) }, NextToken: next };
});

const listExports = operation(z.object(tokenInput), (context, input) => {
  const { items, next } = pageOf(context.stacks.exports(), { token: input.NextToken, max: pageMax }, invalidToken);
  return {
    Exports: { member: items.map(({ name, value, stackId }) => ({ ExportingStackId: stackId, Name: name, Value: value })) },
    NextToken: next,
  };
});

const listInput = z.object({ StackStatusFilter: z.object({ member: z.array(z.string()) }).optional(), ...tokenInput });

const listStacks = operation(listInput, (context, input) => {
  const wanted = context.stacks.all().filter(({ status }) => input.StackStatusFilter?.member.includes(status) ?? true);
  const { items, next } = pageOf(wanted, { token: input.NextToken, max: pageMax }, invalidToken);
  const shown = items.map(({ id, name, status, createdAt, updatedAt }) => ({
    StackId: id,
    StackName: name,
    CreationTime: iso(createdAt),
    LastUpdatedTime: iso(updatedAt),
    StackStatus: status,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  }));
  return { StackSummaries: { member: shown }, NextToken: next };
});

/** Stacks here are made of outputs only, so nothing imports. */
const listImports = operation(z.object({ ExportName: z.string().min(1), ...tokenInput }), (context, input) => {
  const isExported = context.stacks.exports().some(({ name }) => name === input.ExportName);
  throw new AwsError(
    'ValidationError',
    isExported ? `Export '${input.ExportName}' is not imported by any stack.` : `Export '${input.ExportName}' does not exist.`,
  );
});

export const stackOperations: Readonly<Record<string, QueryOperation>> = {
  DescribeStacks: describeStacks,
  ListExports: listExports,
  ListStacks: listStacks,
  ListImports: listImports,
};
