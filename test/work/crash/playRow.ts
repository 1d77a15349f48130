/** Plays a row: each of its cells with a configuration of its own, one after the other. */
import { describe, expect, test } from 'vitest';
import { isPlayedToday } from '../../../dev/wholeSuite.ts';
import type { Configuration } from '../../../service/core/configuration/records.ts';
import { beginningOf } from './beginnings.ts';
import { type CrashWorld, hasCome } from './crashWorld.ts';
import { cellsOf, type Row } from './rows.ts';
import { arrange, type Trouble } from './troubles.ts';

/** As long as the longest patience of a step, and the longest wait between two tries after it. */
const patienceSeconds = 20 * 60;
/** How far another process comes with the work of one that stands still. */
const elsewhereSeconds = 10;

const play = async (world: CrashWorld, row: Row, trouble: Trouble, c: Configuration): Promise<string> => {
  await beginningOf(row.beginning).start(world, c);
  const [worker, other] = [await world.worker(), await world.worker()];
  const landing: (() => unknown)[] = [];
  const elsewhere = async () => {
    await world.bench.die(worker.ctx);
    await world.work(other, c, elsewhereSeconds);
  };
  arrange(trouble, { world, worker, call: row.call, elsewhere, landing });
  await world.work(worker, c, patienceSeconds);
  await world.work(other, c, patienceSeconds);
  // What was late arrives now, and is refused or changes nothing.
  for (const land of landing) await Promise.resolve(land()).catch(() => undefined);
  const [hasMet, hasEnded] = [worker.isDead() || worker.hasMetAll(), hasCome(await world.bench.read(c))];
  return [await world.truthOf(c), ...(hasMet ? [] : ['the call was never made']), ...(hasEnded ? [] : ['it goes on'])].join('; ');
};

const nameOf = ({ effect, beginning, call }: Row): string => `${effect}, ${beginning}: ${call.wire?.operation ?? call.method}`;

export const playRows = (world: CrashWorld, rows: readonly Row[]): void => {
  describe('whatever becomes of the call, a row ends as it says', () => {
    test.each(rows.map((row, at): [string, Row, number] => [nameOf(row), row, at]))(
      '%s',
      async (_name, row, at) => {
        await world.afresh(row.settings ?? {});
        const expected = cellsOf(row).filter((_, n) => isPlayedToday(at + n));
        const configurations = await beginningOf(row.beginning).prepare(world, expected.length);
        const seen: [Trouble, string][] = [];
        for (const [n, c] of configurations.entries()) {
          const [trouble] = expected[n] ?? [];
          if (trouble !== undefined) seen.push([trouble, await play(world, row, trouble, c)]);
        }
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected));
      },
      60_000,
    );
  });
};
