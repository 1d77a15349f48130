/** Questions to a person, beside the answer: on standard error, so that they are seen when standard output goes elsewhere. */
import { createInterface } from 'node:readline/promises';
import type { Call } from './command.ts';

type Input = NodeJS.ReadableStream & { isTTY?: boolean };
type Output = NodeJS.WritableStream & { isTTY?: boolean };

/** Null unless both ends are a terminal. */
export function asker(input: Input, output: Output, interrupted: AbortSignal): Call['ask'] {
  if (input.isTTY !== true || output.isTTY !== true) return null;
  return async (question) => {
    const questions = createInterface({ input, output });
    try {
      return await questions.question(question, { signal: interrupted });
    } finally {
      questions.close();
    }
  };
}
