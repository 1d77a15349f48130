/**
 * A database of its own for a test file, cloned from the migrated template in some tens of milliseconds.
 *
 * Guarantee: files do not see each other's rows, and a file that leaves a connection open fails, naming what that connection last did: a leak that
 * nobody notices here is a service that runs out of connections.
 */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, inject } from 'vitest';
import { createPool, type DatabasePool } from '../../service/store/pool.ts';

export type TestDatabase = {
  url: string;
  pool: DatabasePool;
  /** Ends the pool, looks for open connections, drops the database. Done after the file anyway. */
  drop(): Promise<void>;
};

type OpenConnection = { application_name: string; state: string; query: string };

/** A backend needs a moment to notice that its client said goodbye. */
const looksMax = 200;
const betweenLooksSeconds = 0.05;

async function asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: inject('adminUrl') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function openConnections(client: Client, name: string): Promise<OpenConnection[]> {
  let rows: OpenConnection[] = [];
  for (let look = 0; look < looksMax; look += 1) {
    const found = await client.query<OpenConnection>(
      `SELECT application_name, state, query FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
      [name],
    );
    rows = found.rows;
    if (rows.length === 0) return rows;
    await client.query('SELECT pg_sleep($1)', [betweenLooksSeconds]);
  }
  return rows;
}

async function dropDatabase(name: string): Promise<void> {
  await asAdmin(async (client) => {
    const open = await openConnections(client, name);
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    if (open.length === 0) return;
    const each = open.map(({ application_name, state, query }) => `  ${application_name || '(no name)'} ${state}: ${query.slice(0, 200)}`);
    throw new Error(`this file left ${open.length} database connection(s) open; end each pool and client it opens:\n${each.join('\n')}`);
  });
}

/** Once per test file, at its top. `empty` gives a database without the schema. */
export async function createTestDatabase({ empty = false, maximumPoolSize = 8 } = {}): Promise<TestDatabase> {
  const name = `postroute_test_${randomBytes(6).toString('hex')}`;
  await asAdmin((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : inject('templateName')}`));
  const address = new URL(inject('adminUrl'));
  address.pathname = `/${name}`;
  const url = address.href;
  const pool = await createPool(url, { maximumPoolSize });
  let dropped: Promise<void> | undefined;
  const drop = (): Promise<void> => {
    dropped ??= pool.end().then(() => dropDatabase(name));
    return dropped;
  };
  afterAll(drop);
  return { url, pool, drop };
}
