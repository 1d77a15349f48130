import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { createTestDatabase } from '../support/database.ts';

const { pool, url } = await createTestDatabase();
const script = fileURLToPath(new URL('../../dev/migrate.ts', import.meta.url));

function runMigrate(args: readonly string[], environment: Record<string, string>) {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL'));
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: { ...kept, ...environment } });
  return { status, stderr };
}

test('says that there is nothing to do, and exits 0', () => {
  expect(runMigrate([], { DATABASE_URL: url })).toEqual({
    status: 0,
    stderr: expect.stringMatching(/^postroute: nothing to do; the schema is at version \d+\n$/),
  });
});

test('exits 1 and says why when the database is not the one it was', async () => {
  await pool.query(sql.typeAlias('void')`UPDATE schema_migration SET checksum = 'edited' WHERE version = 1`);
  expect(runMigrate([], { DATABASE_URL: url })).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^postroute: 0001_\w+\.sql was changed after it had been applied/),
  });
});

test.each([
  ['without DATABASE_URL', [], {}, 1, /DATABASE_URL is not set/],
  ['with an address that is none', [], { DATABASE_URL: 'hunter2' }, 1, /^postroute: DATABASE_URL is not an address/],
  ['when nothing answers', [], { DATABASE_URL: 'postgres://user:hunter2@127.0.0.1:1/none' }, 1, /ECONNREFUSED/],
  ['with an argument it does not know', ['--up'], {}, 2, /unknown argument --up/],
])('exits and says why %s', (_name, args, environment, status, message) => {
  const result = runMigrate(args, environment as Record<string, string>);
  expect(result).toEqual({ status, stderr: expect.stringMatching(message) });
  expect(result.stderr).not.toContain('hunter2');
});
