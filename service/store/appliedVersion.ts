import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const version = z.strictObject({ version: z.number().int() });

/** The newest migration that was applied; throws when the database was never migrated. */
export const appliedVersion = async (db: CommonQueryMethods): Promise<number> =>
  (await db.one(sql.type(version)`select coalesce(max(m.version), 0) as version from schema_migration m`)).version;
