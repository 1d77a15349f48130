/** What a run says of each of its assertions. */
import { z } from 'zod';
import { assertionNames } from './findings.ts';

export const outcomes = [
  /** Everything was judged; what was not found any more is resolved. */
  'completed',
  /** The outside could not be read to its end. What was read has been judged; nothing is resolved. */
  'unreachable',
  /** A fault of ours, or of an answer that makes no sense. Nothing is resolved. */
  'failed',
] as const;

export const assertionResult = z.strictObject({
  name: z.enum(assertionNames),
  outcome: z.enum(outcomes),
  /** Discrepancies seen by this run, quiet ones included. */
  findings: z.number().int(),
  opened: z.number().int(),
  resolved: z.number().int(),
  /** Subjects that could not be observed, or moved on meanwhile: not judged. */
  skipped: z.number().int(),
  /** Servers of the account that are not of this partition; null where none are listed. */
  foreign: z.number().int().nullable(),
  /** Pages that were read from the outside. */
  listCalls: z.number().int(),
  /** Why it did not complete. */
  reason: z.string().nullable(),
});
export type AssertionResult = z.infer<typeof assertionResult>;
