/** May this process be given work: database, migrations, registry. Liveness is another question, and never looks at these. */
import type { Keyring } from '../core/material/keyring.ts';
import type { Check, Readiness } from '../http/deps.ts';
import { appliedVersion } from '../store/appliedVersion.ts';
import { readMigrations, schemaFolder } from '../store/migrations.ts';
import { type DatabasePool, sql } from '../store/pool.ts';

export const readiness = (db: DatabasePool, keyring: Keyring) => {
  const expectedVersion = readMigrations(schemaFolder).length;
  return () => look(db, keyring, expectedVersion);
};

/** What was loaded goes on working, so a registry that is not whole, or a KMS that is away, takes nobody out of service. It is said all the same. */
const registryState = (keyring: Keyring): Check => {
  const { currentKeyVersionId, lastOutcome, kms } = keyring.status();
  if (currentKeyVersionId === null) return 'failing';
  return lastOutcome === 'refreshed' && kms.state !== 'failing' ? 'ok' : 'degraded';
};

const look = async (db: DatabasePool, keyring: Keyring, expectedVersion: number): Promise<Readiness> => {
  const passes = async (check: () => Promise<boolean>): Promise<'ok' | 'failing'> => {
    try {
      return (await check()) ? 'ok' : 'failing';
    } catch {
      return 'failing';
    }
  };
  const checks = {
    database: await passes(async () => (await db.one(sql.typeAlias('flag')`select true as flag`)).flag),
    // A database that is ahead is fine: a migration works with yesterday's code running.
    migrations: await passes(async () => (await appliedVersion(db)) >= expectedVersion),
    registry: registryState(keyring),
  };
  const failing = Object.entries(checks).flatMap(([name, state]) => (state === 'failing' ? [name] : []));
  return { ready: failing.length === 0, failing, checks };
};
