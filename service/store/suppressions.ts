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
};

export type SuppressOutcome = { kind: 'suppressed' } | { kind: 'alreadyActive' };

/** A complaint that arrives for an address that is already suppressed outranks the older reason, since it is harder to release. */
export const openSuppression = async (db: CommonQueryMethods, s: NewSuppression): Promise<SuppressOutcome> => {
  const { flag } = await db.one(sql.typeAlias('flag')`
    insert into suppression_entry as e (tenant_id, id, recipient, reason, origin, active, since, note, source_job_e_id, source_event_id, author)
    values (${s.tenantId}, ${s.id}, ${s.recipient}, ${s.reason}, ${s.origin}, true, ${sql.timestamp(s.since)}, ${s.note}, ${s.sourceJobEId},
      ${s.sourceEventId}, ${s.author})
    on conflict (tenant_id, recipient) where active do update set
      reason = case when excluded.reason = 'SpamComplaint' then excluded.reason else e.reason end
    returning (xmax = 0) as flag`);
  return { kind: flag ? 'suppressed' : 'alreadyActive' };
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

export const findActiveSuppression = (db: CommonQueryMethods, tenantId: string, recipient: string): Promise<SuppressionEntry | null> =>
  db.maybeOne(sql.type(suppressionRow)`
    select ${suppressionColumns} from suppression_entry s where s.tenant_id = ${tenantId} and s.recipient = ${recipient} and s.active`);

/**
 * Releases the active entry; with `onlyOrigin`, only one of that origin that is no younger than `at`, and never a complaint: what the provider reports may
 * come late. Null when there was none.
 */
export const releaseSuppression = (
  db: CommonQueryMethods,
  of: { tenantId: string; recipient: string; at: Date; by: string; reason: string; onlyOrigin?: SuppressionOrigin },
): Promise<SuppressionEntry | null> =>
  db.maybeOne(sql.type(suppressionRow)`
    update suppression_entry s set active = false, released_at = ${sql.timestamp(of.at)}, released_by = ${of.by}, release_reason = ${of.reason}
    where s.tenant_id = ${of.tenantId} and s.recipient = ${of.recipient} and s.active
      and (${of.onlyOrigin ?? null}::text is null or (s.origin = ${of.onlyOrigin ?? null}::text and s.reason <> 'SpamComplaint' and s.since <= ${sql.timestamp(of.at)}))
    returning ${suppressionColumns}`);
