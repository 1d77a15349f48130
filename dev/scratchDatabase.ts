/** A freshly migrated database that nobody else uses, for what is generated from the schema. Its Postgres and its folder are gone afterwards. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../service/store/migrate.ts';
import { startPostgres } from './postgres.ts';
import { temporaryFolder } from './temporaryFolder.ts';

export async function withScratchDatabase<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const folder = temporaryFolder('schema');
  try {
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false, temporaryFolder: folder });
    const client = new Client({ connectionString: postgres.url('postgres') });
    try {
      await client.connect();
      await migrate(client);
      return await work(client);
    } finally {
      await client.end();
      await postgres.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
