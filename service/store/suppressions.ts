/** Recipients that a tenant must not mail. Entries are opened and released, never deleted: the history of an address is kept. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

export const suppressionReasons = ['HardBounce', 'SpamComplaint', 'ManualSuppression', 'SubscriptionChange', 'ProviderInactive'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];
export const suppressionOrigins = ['webhook', 'provider', 'operator', 'tenant'] as const;
export type SuppressionOrigin = (typeof suppressionOrigins)[number];

export type NewSuppression = {
  tenantId: string;
  id: string;
  recipient: string;
  reason: SuppressionReason;
  origin: SuppressionOrigin;
  since: Date;
  note: string | null;
  sourceJobEId: string | null;
  sourceEventId: string | null;
  author: string;
  /** For what is reported, and may come late: nothing is opened for a recipient who was released after it happened. */
  unlessReleasedSince?: true;
};

export const suppressionRow = z.strictObject({
  id: z.string(),
  recipient: z.string(),
  reason: z.enum(suppressionReasons),
  origin: z.enum(suppressionOrigins),
  active: z.boolean(),
  since: z.date(),
  releasedAt: z.date().nullable(),
  sourceJobEId: z.string().nullable(),
});
export type SuppressionEntry = z.infer<typeof suppressionRow>;

/** For `select ${suppressionColumns} from suppression_entry s`. */
export const suppressionColumns = sql.fragment`
  s.id, s.recipient, s.reason, s.origin, s.active, s.since, s.released_at as "releasedAt", s.source_job_e_id as "sourceJobEId"`;

export type SuppressOutcome =
  | { kind: 'suppressed' | 'alreadyActive'; entry: SuppressionEntry }
  /** Only with `unlessReleasedSince`. */
  | { kind: 'releasedSince' };

const askedFor = sql.fragment`(excluded.origin in ('operator', 'tenant') and s.origin in ('webhook', 'provider'))`;

const opened = suppressionRow.extend({ fresh: z.boolean() });

/**
 * Answers the entry that is in force. A complaint that arrives for an address that is already suppressed outranks the older reason, since it is harder to
 * release. What somebody asks for makes an entry of the provider's their own: else it would end when the provider takes its word back.
 */
export const openSuppression = async (db: CommonQueryMethods, s: NewSuppression): Promise<SuppressOutcome> => {
  const row = await db.maybeOne(sql.type(opened)`
    insert into suppression_entry as s (tenant_id, id, recipient, reason, origin, active, since, note, source_job_e_id, source_event_id, author)
    select ${s.tenantId}, ${s.id}::uuid, ${s.recipient}, ${s.reason}, ${s.origin}, true, ${sql.timestamp(s.since)}, ${s.note}, ${s.sourceJobEId}::uuid,
      ${s.sourceEventId}::uuid, ${s.author}
    where ${s.unlessReleasedSince !== true} or not exists (
      select 1 from suppression_entry r
      where r.tenant_id = ${s.tenantId} and r.recipient = ${s.recipient} and r.released_at > ${sql.timestamp(s.since)})
    on conflict (tenant_id, recipient) where active do update set
      reason = case when excluded.reason = 'SpamComplaint' then excluded.reason else s.reason end,
      origin = case when ${askedFor} then excluded.origin else s.origin end,
      note = case when ${askedFor} then excluded.note else s.note end,
      author = case when ${askedFor} then excluded.author else s.author end
    returning ${suppressionColumns}, (xmax = 0) as fresh`);
  if (row === null) return { kind: 'releasedSince' };
  const { fresh, ...entry } = row;
  return { kind: fresh ? 'suppressed' : 'alreadyActive', entry };
};

export const findActiveSuppression = (db: CommonQueryMethods, tenantId: string, recipient: string): Promise<SuppressionEntry | null> =>
  db.maybeOne(sql.type(suppressionRow)`
    select ${suppressionColumns} from suppression_entry s where s.tenant_id = ${tenantId} and s.recipient = ${recipient} and s.active`);

/**
 * Releases the active entry; with `only`, one of these origins that was opened by then, and never a complaint: what the provider says may be old when it is
 * acted on. With `keepComplaint` no complaint either. Null when there was none.
 */
export const releaseSuppression = (
  db: CommonQueryMethods,
  of: {
    tenantId: string;
    recipient: string;
    at: Date;
    by: string;
    reason: string;
    only?: { origins: readonly SuppressionOrigin[]; openedUpTo: Date };
    keepComplaint?: boolean;
  },
): Promise<SuppressionEntry | null> =>
  db.maybeOne(sql.type(suppressionRow)`
    update suppression_entry s set active = false, released_at = ${sql.timestamp(of.at)}, released_by = ${of.by}, release_reason = ${of.reason}
    where s.tenant_id = ${of.tenantId} and s.recipient = ${of.recipient} and s.active
      and (${of.only === undefined} or (s.origin = any(${sql.array([...(of.only?.origins ?? [])], 'text')}) and s.reason <> 'SpamComplaint'
        and s.since <= ${sql.timestamp(of.only?.openedUpTo ?? of.at)}))
      and not (${of.keepComplaint === true} and s.reason = 'SpamComplaint')
    returning ${suppressionColumns}`);
