/**
 * Each effect, each call it makes, and each trouble that a call and its process can have: the configuration ends where the tables of the lifecycle say, and
 * the provider and the zone hold what it names, or an operator can see why not. Real adapters over the wire to the sandbox, on a real database; time is
 * moved on, and nobody sleeps. Here the way forth, and the locks; the way back is crashBack.test.ts.
 */
import { expect, test } from 'vitest';
import { effectKinds } from '../../service/core/configuration/effects.ts';
import { createTestDatabase } from '../support/database.ts';
import { CrashWorld } from './crash/crashWorld.ts';
import { playRows } from './crash/playRow.ts';
import { cellsOf, rows } from './crash/rows.ts';
import { troubles } from './crash/troubles.ts';

const cells = rows.flatMap((row) => cellsOf(row));

test(`the table has ${rows.length} rows, ${troubles.length} columns and ${cells.length} cells: no effect is without a row`, () => {
  const covered = new Set(rows.map(({ effect }) => effect));
  expect(effectKinds.filter((kind) => !covered.has(kind))).toEqual([]);
});

const world = await CrashWorld.start(await createTestDatabase());
playRows(
  world,
  rows.filter(({ effect }) => effect !== 'unwind'),
);
