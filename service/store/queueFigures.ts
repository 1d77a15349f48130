/** The send queue in a few numbers, from its partial indexes. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';
import { waitingConfigurations } from './sendClaims.ts';

const figures = z.strictObject({
  queued: z.number().int(),
  held: z.number().int(),
  oldestDueAt: z.date().nullable(),
  accountPaused: z.boolean(),
});

export const queueFigures = (db: CommonQueryMethods, now: Date) =>
  db.one(sql.type(figures)`
    with recursive ${waitingConfigurations}
    select (select count(*) from email_job j where j.status = 'QUEUED')::int8 as queued,
      (select count(*) from email_job j where j.status = 'HELD')::int8 as held,
      (select min(first.next_attempt_at) from waiting w cross join lateral (
        select j.next_attempt_at from email_job j where j.configuration_e_id = w.id and j.status = 'QUEUED' and j.next_attempt_at <= ${sql.timestamp(now)}
        order by j.next_attempt_at limit 1
      ) first) as "oldestDueAt",
      exists (select 1 from provider_pause p where p.scope = 'account') as "accountPaused"`);
