/** What a lane's database says of a run, in one statement and in the shape in which `world.ts` expects it. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from '../../../service/store/pool.ts';
import type { Expected, World } from './world.ts';

const time = z.number().int();
const effect = z.strictObject({
  id: z.string(),
  kind: z.string(),
  generation: z.number(),
  runAt: time,
  createdAt: time,
  outcome: z.string().nullable(),
  settledAt: time.nullable(),
  holder: z.string().nullable(),
  fence: z.number(),
});
const event = z.strictObject({
  sequence: z.number(),
  at: time,
  author: z.string(),
  requestId: z.string(),
  event: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  place: z.string(),
  administrative: z.string(),
  generation: z.number(),
});
const configuration = z.strictObject({
  eId: z.string(),
  tenant: z.string(),
  slug: z.string(),
  holdsSlug: z.boolean(),
  place: z.string(),
  administrative: z.string(),
  generation: z.number(),
  failures: z.number(),
  windowFrom: time.nullable(),
  server: z.number().nullable(),
  domain: z.number().nullable(),
  webhook: z.number().nullable(),
  retired: z.array(z.number()),
  adopt: z.boolean(),
  operationalSince: time,
  administrativeSince: time,
  effects: z.array(effect),
  history: z.array(event),
});
export type Observed = z.infer<typeof configuration>;

const milliseconds = (column: string) => sql.fragment`(extract(epoch from ${sql.identifier(column.split('.'))}) * 1000)::int8`;

/** `eventsMax`: how many of each history's newest. Oldest configuration first; effects in the order of their ids, which a run counts up. */
export const observe = (db: CommonQueryMethods, eventsMax: number): Promise<readonly Observed[]> =>
  db.any(sql.type(configuration)`
    select c.e_id as "eId", c.tenant_id as "tenant", c.sending_domain_slug as "slug",
      exists (select 1 from slug_claim s where s.slug = c.sending_domain_slug and s.configuration_e_id = c.e_id) as "holdsSlug",
      c.operational || coalesce('.' || c.step, '') as "place", c.administrative, c.generation, c.failure_count as "failures",
      ${milliseconds('c.verification_started_at')} as "windowFrom", c.server_id as "server", c.domain_id as "domain", c.webhook_id as "webhook",
      c.retired_server_ids as "retired", c.adopt_requested as "adopt",
      ${milliseconds('c.operational_since')} as "operationalSince", ${milliseconds('c.administrative_since')} as "administrativeSince",
      (select coalesce(json_agg(json_build_object('id', e.id, 'kind', e.kind, 'generation', e.generation, 'runAt', ${milliseconds('e.run_at')},
          'createdAt', ${milliseconds('e.created_at')}, 'outcome', e.outcome, 'settledAt', ${milliseconds('e.settled_at')}, 'holder', e.holder,
          'fence', e.fence) order by e.id), '[]')
        from effect e where e.tenant_id = c.tenant_id and e.configuration_e_id = c.e_id) as "effects",
      (select coalesce(json_agg(json_build_object('sequence', h.sequence, 'at', ${milliseconds('h.at')}, 'author', h.author,
          'requestId', h.request_id, 'event', h.event, 'from', h.from_status, 'to', h.to_status,
          'place', h.record ->> 'operational' || coalesce('.' || (h.record ->> 'step'), ''), 'administrative', h.record ->> 'administrative',
          'generation', (h.record ->> 'generation')::int) order by h.sequence), '[]')
        from (select * from configuration_event h where h.tenant_id = c.tenant_id and h.configuration_e_id = c.e_id
          order by h.sequence desc limit ${eventsMax}) h) as "history"
    from configuration c order by c.e_id`);

/** The same of what is expected. */
export const expectedOf = ({ configurations }: World, eventsMax: number) =>
  configurations.map(({ history, ...c }: Expected) => ({
    ...c,
    history: history.map((entry, n) => ({ ...entry, sequence: n + 1 })).slice(-eventsMax),
  }));
