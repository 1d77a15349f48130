/**
 * One Postgres for the whole run, and in it one migrated template that each test file clones (`database.ts`). DATABASE_URL, when set, names a server to
 * use instead. Nothing is left behind: not after the run, and by the watchdog of dev/postgres.ts not after a killed one either.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../dev/postgres.ts';
import { temporaryFolder } from '../../dev/temporaryFolder.ts';
import { migrate } from '../../service/store/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database whose user may create databases. */
    adminUrl: string;
    templateName: string;
  }
}

/** Room for some dozens of small databases; a container's default /dev/shm of 64 MB is too small. */
const ramDiskBytesMin = 1_000_000_000;

function folderForData(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize >= ramDiskBytesMin) return '/dev/shm';
  } catch {
    // No RAM disk here: the temporary folder serves as well, only slower.
  }
  return tmpdir();
}

async function startServer(): Promise<{ adminUrl: string; stop(): Promise<void> }> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return { adminUrl: given, stop: async () => {} };
  const folder = temporaryFolder('test', folderForData());
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false, temporaryFolder: folder });
  const stop = async (): Promise<void> => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { adminUrl: postgres.url('postgres'), stop };
}

async function onServer<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const { adminUrl, stop } = await startServer();
  const templateName = `postroute_template_${randomBytes(4).toString('hex')}`;
  const dispose = async (): Promise<void> => {
    await onServer(adminUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${templateName} WITH (FORCE)`)).catch(() => {});
    await stop();
  };
  try {
    await onServer(adminUrl, (client) => client.query(`CREATE DATABASE ${templateName}`));
    const templateUrl = new URL(adminUrl);
    templateUrl.pathname = `/${templateName}`;
    await migrate(templateUrl.href);
  } catch (error) {
    await dispose();
    throw error;
  }
  project.provide('adminUrl', adminUrl);
  project.provide('templateName', templateName);
  return dispose;
}
