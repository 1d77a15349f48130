/** What an assertion is: it reads the outside once and writes into the book what does not agree. */
import type { DriftContext } from './driftContext.ts';
import type { FindingBook } from './findingBook.ts';

export type Assertion = {
  /** Throws a `PortFault` where the outside cannot be read to its end. */
  judge(ctx: DriftContext, book: FindingBook): Promise<void>;
  /** How many subjects there are to judge. */
  count(ctx: DriftContext): Promise<number>;
};
