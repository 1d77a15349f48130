/** What an assertion is: it reads the outside once and writes into the book what does not agree. One is made for each run. */
import type { DriftContext } from './driftContext.ts';
import type { FindingBook } from './findingBook.ts';

export type Assertion = {
  /** Throws a `PortFault` or `Unobserved` where the outside cannot be read to its end. */
  judge(ctx: DriftContext, book: FindingBook): Promise<void>;
  /** How many subjects it has not come to. */
  countUnjudged(ctx: DriftContext): Promise<number>;
};
