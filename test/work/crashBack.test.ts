/** The way back of the table of crashes (crashForth.test.ts): each call of an unwind, after a removal and after a step that failed. */
import { createTestDatabase } from '../support/database.ts';
import { CrashWorld } from './crash/crashWorld.ts';
import { playRows } from './crash/playRow.ts';
import { rows } from './crash/rows.ts';

const world = await CrashWorld.start(await createTestDatabase());
playRows(
  world,
  rows.filter(({ effect }) => effect === 'unwind'),
);
