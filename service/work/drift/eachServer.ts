/**
 * Walks the rows that hold a server token and asks each server by itself: no list of the account shows what is asked. A few at a time, which leaves Postmark's
 * limit of calls at once to sending.
 *
 * One that cannot be asked is not judged. When none answers any more, the others are not asked.
 */
import { MaterialFault } from '../../core/material/materialFault.ts';
import { PortFault } from '../../core/portFault.ts';
import { type TokenRow, tokenRows } from '../../store/driftTokenRows.ts';
import { inParallel } from '../inParallel.ts';
import { openServerToken } from '../serverToken.ts';
import type { DriftContext } from './driftContext.ts';
import type { FindingBook } from './findingBook.ts';
import { RunStopped } from './readPages.ts';
import { Unobserved } from './unobserved.ts';

const rowsMax = 200;
const atOnce = 4;
/** In a row. */
const silencesMax = 10;

export const firstId = '00000000-0000-0000-0000-000000000000';

/** `onDone`: told the id up to which every row has been come to. */
export const eachServer = async (
  ctx: DriftContext,
  book: FindingBook,
  judge: (row: TokenRow, token: string) => Promise<void>,
  onDone: (eId: string) => void,
): Promise<void> => {
  let silences = 0;
  const ask = async (row: TokenRow): Promise<void> => {
    if (silences >= silencesMax) throw new Unobserved('Postmark does not answer');
    const opened = openServerToken(ctx.keyring, row);
    if (opened.kind === 'closed') return book.skip([row.eId]);
    book.listCalls += 1;
    try {
      await judge(row, opened.token);
      silences = 0;
    } catch (error) {
      if (!(error instanceof PortFault || error instanceof MaterialFault)) throw error;
      // A token that is refused is an answer: the server is gone, or has another.
      if (error instanceof PortFault) silences = error.class === 'refused' ? 0 : silences + 1;
      await book.skip([row.eId]);
    }
  };
  for (let after = firstId; ; ) {
    if (ctx.stopping.aborted) throw new RunStopped();
    const rows = await tokenRows(ctx.db, after, rowsMax);
    await inParallel(atOnce, rows, ask);
    const last = rows.at(-1);
    if (last === undefined) return;
    onDone(last.eId);
    after = last.eId;
  }
};
