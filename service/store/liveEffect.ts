/** The live effect behind a configuration's wait. */
import { z } from 'zod';
import type { LiveEffect } from '../core/configuration/waitingOn.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const live = z.strictObject({
  runAt: z.date(),
  lastError: z.string().nullable(),
  zoneChangeSubmitted: z.boolean(),
}) satisfies z.ZodType<LiveEffect>;

export const findLiveEffect = (db: CommonQueryMethods, tenantId: string, eId: string): Promise<LiveEffect | null> =>
  db.maybeOne(sql.type(live)`
    select e.run_at as "runAt", e.last_error as "lastError",
      exists (select 1 from zone_change z where z.tenant_id = e.tenant_id and z.effect_id = e.id and z.submitted_at is not null) as "zoneChangeSubmitted"
    from effect e
    where e.tenant_id = ${tenantId} and e.configuration_e_id = ${eId} and e.settled_at is null
      and e.generation = (select c.generation from configuration c where c.tenant_id = ${tenantId} and c.e_id = ${eId})
    order by e.run_at limit 1`);
