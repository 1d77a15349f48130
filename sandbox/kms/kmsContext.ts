import type { z } from 'zod';
import type { Json, WorldClock, WorldRandom } from '../world/world.ts';
import { KmsError } from './kmsError.ts';
import type { KmsKeys } from './kmsKeys.ts';

/** `usage` names the calls that used a key: a stream of its own, so that who used a key does not change what is drawn for it. */
export type KmsContext = { keys: KmsKeys; clock: WorldClock; random: WorldRandom; usage: WorldRandom; seed: string };

/** Carries one call out and answers its body, null for an empty one. Throws KmsError. */
export type KmsOperation = (context: KmsContext, input: unknown) => Json;

/** An operation whose input has been checked; members that the schema does not name are passed over, as they change nothing here. */
export function operation<S extends z.ZodType>(schema: S, carryOut: (context: KmsContext, input: z.output<S>) => Json): KmsOperation {
  return (context, input) => {
    const read = schema.safeParse(input);
    if (!read.success) {
      const issue = read.error.issues[0];
      throw new KmsError(
        'ValidationException',
        `1 validation error detected: '${issue?.path.join('.') ?? ''}': ${issue?.message ?? 'not valid'}`,
      );
    }
    return carryOut(context, read.data);
  };
}
