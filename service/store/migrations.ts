/** The migrations as files: `schema/NNNN_name.sql`, numbered from 0001 without a gap. Pure but for the reading, so that each refusal can be tested. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Migration = { version: number; name: string; checksum: string; sql: string };
export type AppliedMigration = { version: number; name: string; checksum: string };

/** What the operator must know is in the message; nothing was changed. */
export class MigrationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MigrationError';
  }
}

export const schemaFolder = fileURLToPath(new URL('./schema/', import.meta.url));

const label = ({ version, name }: { version: number; name: string }): string => `${String(version).padStart(4, '0')}_${name}`;

export function readMigrations(folder: string): Migration[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
  const migrations = files.sort().map((file) => {
    const [, digits, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    if (digits === undefined || name === undefined)
      throw new MigrationError(`${file} is not named like a migration: NNNN_lower_case_name.sql`);
    const sql = readFileSync(join(folder, file), 'utf8');
    return { version: Number(digits), name, checksum: createHash('sha256').update(sql).digest('hex'), sql };
  });
  for (const [index, migration] of migrations.entries()) {
    if (migration.version === index + 1) continue;
    throw new MigrationError(
      `migration ${index + 1} is ${migration.version <= index ? 'there twice' : 'missing'}: ${label(migration)} is in its place`,
    );
  }
  return migrations;
}

/** `accept`: a database with more in its past than these files is one that newer code has been at work in, and this code can work in it too. */
export type WhenAhead = 'refuse' | 'accept';

/** Those that are still to be applied; refuses a database whose past is another one than these files tell. */
export function pendingMigrations(
  files: readonly Migration[],
  applied: readonly AppliedMigration[],
  ahead: WhenAhead = 'refuse',
): Migration[] {
  const past = applied.toSorted((a, b) => a.version - b.version);
  for (const [index, row] of past.entries()) {
    const file = files[index];
    if (row.version !== index + 1)
      throw new MigrationError(`the database has a gap: ${label(row)} was applied, and migration ${index + 1} was not`);
    if (file === undefined) {
      if (ahead === 'accept') continue;
      throw new MigrationError(
        `the database is ahead: it has ${label(row)}, and this code knows migrations up to ${files.length}; run newer code`,
      );
    }
    if (file.name !== row.name) throw new MigrationError(`the database has ${label(row)}, and the file with this number is ${label(file)}`);
    if (file.checksum !== row.checksum) {
      throw new MigrationError(
        `${label(file)}.sql was changed after it had been applied; restore it and put the change into a new migration`,
      );
    }
  }
  return files.slice(past.length);
}

export { label as migrationLabel };
