/**
 * Each effect, each call it makes, and each trouble that a call and its process can have: the configuration ends where the tables of the lifecycle say, and
 * the provider and the zone hold what it names, or an operator can see why not. Real adapters over the wire to the sandbox, on a real database; time is
 * moved on, and nobody sleeps. Here the way forth, and the locks; the way back is crashBack.test.ts.
 */
import { describe, expect, test } from 'vitest';
import { effectKinds } from '../../service/core/configuration/effects.ts';
import { sql } from '../../service/store/pool.ts';
import type { Fault } from '../loop/support/control.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Beginning, beginningOf } from './crash/beginnings.ts';
import { CrashWorld } from './crash/crashWorld.ts';
import { playRows } from './crash/playRow.ts';
import { cellsOf, complete, removed, rows } from './crash/rows.ts';
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

describe('a process that starts while KMS is in trouble has no key: what needs one waits and says so, and goes on with the key', () => {
  const manners: Pick<Fault, 'kind' | 'status' | 'errorCode'>[] = [
    { kind: 'timeout-before' },
    { kind: 'cut' },
    { kind: 'throttle' },
    { kind: 'status', status: 500, errorCode: 'KMSInternalException' },
    { kind: 'status', status: 400, errorCode: 'AccessDeniedException' },
  ];

  test.each<[string, Beginning, string]>([
    ['create-server', 'created', complete],
    ['install-webhook', 'its domain’s answer was lost', complete],
    ['unwind', 'being removed', removed],
  ])('%s, %s', async (_effect, beginning, ends) => {
    await world.afresh({});
    const configurations = await beginningOf(beginning).prepare(world, manners.length);
    for (const [n, c] of configurations.entries()) {
      await beginningOf(beginning).start(world, c);
      await world.outside.control.fault({ service: 'kms', operation: 'Decrypt', ...(manners[n] ?? { kind: 'cut' }) });
      const keyring = await world.outside.freshKeyring('a moment');
      const worker = await world.worker({ keyring });
      await world.work(worker, c, 60);
      const [waiting] = await world.bench.rows(sql.unsafe`
        select last_error as note from effect where configuration_e_id = ${c.eId} and settled_at is null order by created_at desc limit 1`);
      expect(waiting?.['note'], JSON.stringify(manners[n])).toContain('key version');
      await world.outside.control.clearFaults();
      // It waits for KMS only a moment, which on a busy machine an honest answer may miss; then the next tick has it.
      await expect.poll(async () => (await keyring.refresh()).kind).toBe('refreshed');
      await world.work(worker, c, 120);
      expect(await world.truthOf(c), JSON.stringify(manners[n])).toBe(ends);
    }
  });
});
