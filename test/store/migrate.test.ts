import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../service/store/migrate.ts';
import { createTestDatabase } from '../support/database.ts';

const { url } = await createTestDatabase({ empty: true });
const client = new Client({ connectionString: url });
await client.connect();
afterAll(() => client.end());

let folder: string;
const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
const applied = async (): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migration ORDER BY version');
  return rows.map(({ name }) => name);
};
const tables = async (): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
  return rows.map(({ name }) => name);
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postroute-migrations-'));
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  write('0001_first.sql', 'CREATE TABLE first (id integer);');
  write('0002_second.sql', 'CREATE TABLE second (id integer);');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('applies what is missing, in order, once', async () => {
  expect(await migrate(url, folder)).toEqual({ applied: ['0001_first', '0002_second'], version: 2 });
  expect(await migrate(url, folder)).toEqual({ applied: [], version: 2 });
  write('0003_third.sql', 'ALTER TABLE second RENAME TO third;');
  expect(await migrate(client, folder)).toEqual({ applied: ['0003_third'], version: 3 });
  expect(await tables()).toEqual(['first', 'schema_migration', 'third']);
});

test('several that start at once apply each migration once', async () => {
  const results = await Promise.all([1, 2, 3, 4].map(() => migrate(url, folder)));
  expect(results.flatMap((result) => result.applied).toSorted()).toEqual(['0001_first', '0002_second']);
});

test('a migration that fails leaves nothing of itself, keeps those before it, and names its file and line', async () => {
  write('0002_second.sql', 'CREATE TABLE second (id integer);\n\nCREATE TABEL broken (id integer);');
  await expect(migrate(url, folder)).rejects.toThrow(
    /^0002_second\.sql failed at line 3: syntax error at or near "TABEL"\. Nothing of it was applied$/,
  );
  expect(await tables()).toEqual(['first', 'schema_migration']);
  expect(await applied()).toEqual(['first']);
});

test('a failed run frees the lock, so that the next one can mend it', async () => {
  write('0002_second.sql', 'SELECT 1/0;');
  await expect(migrate(client, folder)).rejects.toThrow(/division by zero/);
  write('0002_second.sql', 'CREATE TABLE second (id integer);');
  expect((await migrate(url, folder)).applied).toEqual(['0002_second']);
});

describe('refuses, and changes nothing', () => {
  const change = (file: string, text: string | null) => () => {
    if (text === null) rmSync(join(folder, file));
    else write(file, text);
  };
  test.each([
    [
      'a migration that was edited after it was applied',
      change('0001_first.sql', 'SELECT 2;'),
      /0001_first\.sql was changed after it had been applied/,
    ],
    [
      'a database that is ahead of the code',
      change('0002_second.sql', null),
      /the database is ahead: it has 0002_second, and this code knows migrations up to 1/,
    ],
    ['a gap between the files', change('0004_fourth.sql', 'SELECT 4;'), /migration 3 is missing: 0004_fourth is in its place/],
    ['two files with one number', change('0002_twin.sql', 'SELECT 2;'), /migration 3 is there twice: 0002_twin/],
    ['a file that is not named like a migration', change('3-third.sql', 'SELECT 3;'), /3-third\.sql is not named like a migration/],
  ])('%s', async (_name, spoil, message) => {
    await migrate(url, folder);
    spoil();
    await expect(migrate(url, folder)).rejects.toThrow(message);
    expect(await applied()).toEqual(['first', 'second']);
  });

  test('a database with a gap in its past', async () => {
    await migrate(url, folder);
    await client.query('DELETE FROM schema_migration WHERE version = 1');
    await expect(migrate(url, folder)).rejects.toThrow(/the database has a gap: 0002_second was applied, and migration 1 was not/);
  });

  test('a database whose migration of that number is another one', async () => {
    await migrate(url, folder);
    rmSync(join(folder, '0002_second.sql'));
    write('0002_other.sql', 'SELECT 2;');
    await expect(migrate(url, folder)).rejects.toThrow(/the database has 0002_second, and the file with this number is 0002_other/);
  });
});

describe('beside newer code, as in a rollback of the image', () => {
  test('a database that is ahead is let be, and says how far it is', async () => {
    write('0003_third.sql', 'CREATE TABLE third (id integer);');
    await migrate(url, folder);
    rmSync(join(folder, '0003_third.sql'));
    expect(await migrate(url, folder, 'accept')).toEqual({ applied: [], version: 3 });
    expect(await tables()).toEqual(['first', 'schema_migration', 'second', 'third']);
  });

  test('what both know must still be the same', async () => {
    write('0003_third.sql', 'CREATE TABLE third (id integer);');
    await migrate(url, folder);
    rmSync(join(folder, '0003_third.sql'));
    write('0001_first.sql', 'SELECT 2;');
    await expect(migrate(url, folder, 'accept')).rejects.toThrow(/0001_first\.sql was changed after it had been applied/);
  });
});

test('an address that is none is refused without repeating it', async () => {
  await expect(migrate('user:hunter2@nowhere:x', folder)).rejects.toThrow(/^(?!.*hunter2)/);
});
