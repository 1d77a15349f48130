/** The floor that rates are compared with: single-row commits of pgbench on the same Postgres, in the same round. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { runTool } from './tool.ts';

export const floorClients = 32;

export async function prepareFloor(database: Client): Promise<void> {
  await database.query(
    'create table if not exists bench_floor (id bigint generated always as identity primary key, tenant_id text, payload text)',
  );
}

/** Commits a second. */
export async function measureFloor(databaseUrl: string, folder: string, seconds: number): Promise<number> {
  const script = join(folder, 'floor.sql');
  writeFileSync(script, `insert into bench_floor (tenant_id, payload) values ('bench', repeat('x', 200));\n`);
  const args = ['-n', '-M', 'prepared', '-c', String(floorClients), '-j', '2', '-T', String(seconds), '-f', script, databaseUrl];
  const rate = /tps = ([0-9.]+)/.exec(await runTool('pgbench', args))?.[1];
  if (rate === undefined) throw new Error('pgbench did not say how many transactions a second it made');
  return Number(rate);
}
