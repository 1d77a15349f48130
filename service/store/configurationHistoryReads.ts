/** What was: the history of a configuration, and its record at a past moment, both from the events that apply appended. */
import { z } from 'zod';
import type { ConfigurationFacts } from './configurationReads.ts';
import { configurationRow } from './configurationRow.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

const time = z.iso.datetime().transform((text) => new Date(text));
const secrets = { serverToken: true, routingToken: true, routingTokenHash: true } as const;

/** The record as history keeps it: JSON, so times are text, and without secrets. */
const keptRecord = configurationRow.omit(secrets).extend({
  operationalSince: time,
  administrativeSince: time,
  recordsWrittenAt: time.nullable(),
  verificationStartedAt: time.nullable(),
  verifiedAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
});

const momentRow = z.strictObject({ record: keptRecord, otherCanSend: z.boolean() });

/** The last event at or before `at` says what was true; null before the first. No work was live then that we could still know of. */
export const readConfigurationAsOf = async (
  db: CommonQueryMethods,
  { tenantId, eId, at }: { tenantId: string; eId: string; at: Date },
): Promise<ConfigurationFacts | null> => {
  const row = await db.maybeOne(sql.type(momentRow)`
    select h.record, exists (
      select 1 from configuration o
      cross join lateral (
        select p.record from configuration_event p
        where p.tenant_id = o.tenant_id and p.configuration_e_id = o.e_id and p.at <= ${sql.timestamp(at)}
        order by p.sequence desc limit 1
      ) past
      where o.tenant_id = ${tenantId} and o.e_id <> ${eId}
        and past.record ->> 'administrative' = 'UNLOCKED' and past.record ->> 'operational' in ('OK', 'DEGRADED')
    ) as "otherCanSend"
    from configuration_event h
    where h.tenant_id = ${tenantId} and h.configuration_e_id = ${eId} and h.at <= ${sql.timestamp(at)}
    order by h.sequence desc limit 1`);
  if (row === null) return null;
  const configuration = { ...row.record, serverToken: null, routingToken: '', routingTokenHash: '' };
  return { configuration, live: null, inFlight: 0, queued: 0, otherCanSend: row.otherCanSend };
};

const historyRow = z.strictObject({
  sequence: z.number().int(),
  at: z.date(),
  author: z.string(),
  event: z.string(),
  from: z.string().nullable(),
  to: z.string(),
  detail: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
});
export type HistoryItem = z.infer<typeof historyRow>;

/** Oldest first, beyond `afterSequence`; at most `limit` rows. */
export const listHistory = (
  db: CommonQueryMethods,
  { tenantId, eId, afterSequence, limit }: { tenantId: string; eId: string; afterSequence: number; limit: number },
): Promise<readonly HistoryItem[]> =>
  db.any(sql.type(historyRow)`
    select h.sequence, h.at, h.author, h.event, h.from_status as "from", h.to_status as "to", h.detail, h.request_id as "requestId"
    from configuration_event h
    where h.tenant_id = ${tenantId} and h.configuration_e_id = ${eId} and h.sequence > ${afterSequence}
    order by h.sequence limit ${limit}`);
