import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const usage = z.strictObject({ keyVersionId: z.string(), count: z.number().int() });

/** How many configurations' tokens are sealed under each key version. */
export const rowsByKeyVersion = (db: CommonQueryMethods) =>
  db.any(sql.type(usage)`
    select c.key_version_id as "keyVersionId", count(*)::int8 as count from configuration c where c.key_version_id is not null group by c.key_version_id`);
