/** `npm run migrate`: brings the database of DATABASE_URL to this code's schema. `--dump` rewrites service/store/schema.sql and needs no DATABASE_URL. */
import { migrate } from '../service/store/migrate.ts';
import { writeSchemaFile } from './schemaFile.ts';

const usage = `npm run migrate               migrate the database of DATABASE_URL
npm run migrate -- --dump     rewrite service/store/schema.sql from the migrations`;

async function migrateDatabase(): Promise<void> {
  const databaseUrl = process.env['DATABASE_URL'];
  if (databaseUrl === undefined || databaseUrl === '') {
    throw new Error(
      'DATABASE_URL is not set: give it the database to migrate, such as postgres://user:password@host:5432/database ("npm start" migrates its own)',
    );
  }
  const { applied, version } = await migrate(databaseUrl);
  const what = applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`;
  process.stderr.write(`postroute: ${what}; the schema is at version ${version}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === '--help') {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (rest.length > 0 || (first !== undefined && first !== '--dump')) {
    process.stderr.write(`postroute: unknown argument ${[first, ...rest].join(' ')}\n${usage}\n`);
    return 2;
  }
  if (first === undefined) await migrateDatabase();
  else await writeSchemaFile();
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`postroute: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
