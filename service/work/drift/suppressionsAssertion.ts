/**
 * drift.suppressions: our entries against the list of each server. What the sweep of every tick (work/suppressionSweep.ts) puts right by itself is not here
 * any more when it has run; what stays is what it cannot reach, or what Postmark refuses.
 */
import { checkSuppressions } from '../../core/drift/suppressionChecks.ts';
import { countTokenRows } from '../../store/driftTokenRows.ts';
import { suppressionsApart } from '../suppressionSweep.ts';
import type { Assertion } from './assertion.ts';
import { eachServer, firstId } from './eachServer.ts';

export const suppressionsAssertion = (): Assertion => {
  let doneUpTo = firstId;
  return {
    judge: (ctx, book) =>
      eachServer(
        ctx,
        book,
        async (row, token) => {
          const apart = await suppressionsApart({ ...ctx, mail: ctx.ports.mail }, row, token);
          for (const finding of checkSuppressions(row, apart)) await book.found(finding, row);
        },
        (eId) => {
          doneUpTo = eId;
        },
      ),
    countUnjudged: ({ db }) => countTokenRows(db, doneUpTo),
  };
};
