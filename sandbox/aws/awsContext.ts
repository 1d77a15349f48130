import type { z } from 'zod';
import type { Json, WorldClock, WorldRandom } from '../world/world.ts';
import type { XmlNode } from '../world/xmlWriter.ts';
import { AwsError } from './awsError.ts';
import type { Sessions } from './identity/sessions.ts';
import type { ParameterStore } from './parameters/parameterStore.ts';
import type { SecretStore } from './secrets/secretStore.ts';
import type { StackStore } from './stacks/stackStore.ts';

export type AwsContext = {
  clock: WorldClock;
  random: WorldRandom;
  seed: string;
  secrets: SecretStore;
  parameters: ParameterStore;
  sessions: Sessions;
  stacks: StackStore;
};

/** Carries out one call of a JSON service; `caller` is the access key id that signed. Throws AwsError. */
export type JsonOperation = (context: AwsContext, input: unknown, caller: string | null) => Json;

/** Carries out one call of a Query service and answers what its `…Result` element holds. Throws AwsError. */
export type QueryOperation = (context: AwsContext, input: unknown, caller: string | null) => { readonly [tag: string]: XmlNode };

/** `code`: by which name the service refuses bad input. */
function checked<S extends z.ZodType>(schema: S, input: unknown, code: string): z.output<S> {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new AwsError(
    code,
    `1 validation error detected: Value at '${issue?.path.join('.') ?? ''}' failed to satisfy constraint: ${issue?.message ?? ''}`,
  );
}

export const jsonOperation =
  (code: string) =>
  <S extends z.ZodType>(schema: S, carryOut: (context: AwsContext, input: z.output<S>, caller: string | null) => Json): JsonOperation =>
  (context, input, caller) =>
    carryOut(context, checked(schema, input, code), caller);

export const queryOperation =
  (code: string) =>
  <S extends z.ZodType>(
    schema: S,
    carryOut: (context: AwsContext, input: z.output<S>, caller: string | null) => { readonly [tag: string]: XmlNode },
  ): QueryOperation =>
  (context, input, caller) =>
    carryOut(context, checked(schema, input, code), caller);
