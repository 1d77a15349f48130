/** The send queue in a few numbers, from its partial indexes. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const figures = z.strictObject({
  queued: z.number().int(),
  held: z.number().int(),
  oldestDueAt: z.date().nullable(),
  accountPaused: z.boolean(),
});

export const queueFigures = (db: CommonQueryMethods, now: Date) =>
  db.one(sql.type(figures)`
    select (select count(*) from email_job j where j.status = 'QUEUED')::int8 as queued,
      (select count(*) from email_job j where j.status = 'HELD')::int8 as held,
      (select min(j.next_attempt_at) from email_job j where j.status = 'QUEUED' and j.next_attempt_at <= ${sql.timestamp(now)}) as "oldestDueAt",
      exists (select 1 from provider_pause p where p.scope = 'account') as "accountPaused"`);
