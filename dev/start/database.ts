/** The database of `npm start`: the one of DATABASE_URL, or one in a Postgres of our own. */
import { join } from 'node:path';
import { Client } from 'pg';
import { PortTakenError, type RunningPostgres, startPostgres } from '../postgres.ts';
import { takenPort } from './portPlan.ts';

const databaseName = 'postroute';

async function createDatabase(postgres: RunningPostgres): Promise<void> {
  const client = new Client({ connectionString: postgres.url('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`);
  } finally {
    await client.end();
  }
}

export type OwnDatabase = { url: string; postgres: RunningPostgres };

/** `port` 0 takes a free one. Durable also when temporary: what is measured and broken here should behave as it would in earnest. */
export async function startOwnDatabase(
  folder: string,
  port: number,
  temporary: boolean,
  { sharedBuffersMb }: { sharedBuffersMb?: number } = {},
): Promise<OwnDatabase> {
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    durable: true,
    ...(port === 0 ? {} : { port }),
    ...(temporary ? { temporaryFolder: folder } : {}),
    ...(sharedBuffersMb === undefined ? {} : { sharedBuffersMb }),
  }).catch((error: unknown) => {
    throw error instanceof PortTakenError ? new Error(takenPort('postgres', error.port), { cause: error }) : error;
  });
  try {
    await createDatabase(postgres);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return { url: postgres.url(databaseName), postgres };
}
