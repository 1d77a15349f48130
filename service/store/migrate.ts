/**
 * Brings a database to the schema this code was written for; forward only.
 *
 * Guarantee: each migration is applied once and whole, whoever starts at the same time; a database with another past is refused and left as it is.
 * Mechanism: a Postgres advisory lock for the whole run; one transaction per file, which also holds its row in `schema_migration`.
 * On a crash Postgres rolls the file under way back and frees the lock; the next run goes on from there.
 */
import { Client, type ClientBase, DatabaseError } from 'pg';
import {
  type AppliedMigration,
  type Migration,
  MigrationError,
  migrationLabel,
  pendingMigrations,
  readMigrations,
  schemaFolder,
  type WhenAhead,
} from './migrations.ts';

/** Any number will do that nothing else uses; this one reads PRMG. */
const advisoryLockKey = 0x50_52_4d_47;
/** Replicas that start together wait for the one that migrates; longer than any migration of ours should take. */
const turnTimeoutMs = 120_000;
/** A migration that waits for a table's lock makes every statement behind it wait too: give up soon, and be run again in a quieter moment. */
const tableLockTimeoutMs = 10_000;

export type MigrateResult = { applied: string[]; version: number };

const createLedger = `
  CREATE TABLE IF NOT EXISTS schema_migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

/** Postgres says where in the text it stumbled as a count of characters; people count lines. */
function failure(migration: Migration, error: unknown): MigrationError {
  const position = error instanceof DatabaseError ? Number(error.position) : Number.NaN;
  const line = Number.isNaN(position) ? '' : ` at line ${migration.sql.slice(0, position).split('\n').length}`;
  const reason = error instanceof Error ? error.message : String(error);
  return new MigrationError(`${migrationLabel(migration)}.sql failed${line}: ${reason}. Nothing of it was applied`, error);
}

async function applyMigration(client: ClientBase, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${tableLockTimeoutMs}`);
    await client.query(migration.sql);
    await client.query('INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw failure(migration, error);
  }
}

async function migrateLocked(client: ClientBase, folder: string, ahead: WhenAhead): Promise<MigrateResult> {
  const files = readMigrations(folder);
  await client.query(createLedger);
  const { rows } = await client.query<AppliedMigration>('SELECT version, name, checksum FROM schema_migration ORDER BY version');
  const pending = pendingMigrations(files, rows, ahead);
  for (const migration of pending) await applyMigration(client, migration);
  return { applied: pending.map(migrationLabel), version: Math.max(files.length, rows.length) };
}

async function takeTurn(client: ClientBase): Promise<void> {
  await client.query(`SET lock_timeout = ${turnTimeoutMs}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLockKey]);
  } catch (error) {
    throw new MigrationError(
      `another process has been migrating this database for ${turnTimeoutMs / 1000} s; look for it in pg_stat_activity`,
      error,
    );
  } finally {
    await client.query('RESET lock_timeout');
  }
}

async function migrateOn(client: ClientBase, folder: string, ahead: WhenAhead): Promise<MigrateResult> {
  await takeTurn(client);
  try {
    return await migrateLocked(client, folder, ahead);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [advisoryLockKey]);
  }
}

/** `target`: an address, or a connected client of its own (not in a transaction). `version`: the database's, which may be ahead where that is accepted. */
export async function migrate(
  target: string | ClientBase,
  folder: string = schemaFolder,
  ahead: WhenAhead = 'refuse',
): Promise<MigrateResult> {
  if (typeof target !== 'string') return migrateOn(target, folder, ahead);
  if (!URL.canParse(target))
    throw new MigrationError('DATABASE_URL is not an address: it must look like postgres://user:password@host:5432/database');
  const client = new Client({ connectionString: target, connectionTimeoutMillis: 5_000, application_name: 'postroute-migrate' });
  client.on('error', () => {});
  try {
    await client.connect();
    return await migrateOn(client, folder, ahead);
  } finally {
    await client.end();
  }
}
