/** What `POST /aws/stack` takes: what a deployment would have left behind. */
import { z } from 'zod';
import type { Json } from '../../world/world.ts';
import type { AwsContext } from '../awsContext.ts';
import { arnOfStack, type Stack } from './stackStore.ts';

const text = z.string().min(1, 'must not be empty');
const pairs = z.record(z.string(), z.string()).default({});

export const stackInput = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, 'must begin with a letter and hold letters, digits and hyphens, at most 128'),
  status: z
    .string()
    .regex(/^[A-Z_]+$/, 'must be a stack status such as UPDATE_COMPLETE')
    .default('CREATE_COMPLETE'),
  description: text.optional(),
  outputs: z.array(z.strictObject({ key: text, value: z.string(), exportName: text.optional(), description: text.optional() })).default([]),
  parameters: pairs,
  tags: pairs,
});

export type StackInput = z.output<typeof stackInput>;

const listOf = (record: Record<string, string>) => Object.entries(record).map(([key, value]) => ({ key, value }));

/** A stack of that name is updated: it keeps its id. Throws InputError. */
export function putStackByHand(context: AwsContext, input: StackInput): Json {
  const existing = context.stacks.find(input.name);
  const now = context.clock.now();
  const stack: Stack = {
    id: existing?.id ?? arnOfStack(input.name, context.random.uuid()),
    ...{ name: input.name, status: input.status, description: input.description ?? null },
    ...{ createdAt: existing?.createdAt ?? now, updatedAt: existing === undefined ? null : now },
    outputs: input.outputs.map(({ key, value, exportName, description }) => ({
      ...{ key, value, exportName: exportName ?? null, description: description ?? null },
    })),
    ...{ parameters: listOf(input.parameters), tags: listOf(input.tags) },
  };
  context.stacks.put(stack);
  return { stackId: stack.id, exports: stack.outputs.flatMap(({ exportName }) => exportName ?? []) };
}
