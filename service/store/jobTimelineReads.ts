/** Everything that happened to one job, in one list by time: its acceptance, the tries, the provider's callbacks, and how it ended. */
import { z } from 'zod';
import type { After } from './keyset.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export const timelineKinds = ['accepted', 'attempt', 'providerEvent', 'deadLetter', 'triaged', 'cancelled'] as const;

const timelineRow = z.strictObject({
  at: z.date(),
  /** Orders what happened at one moment: kind first, then the number of the attempt or the id of the callback. */
  position: z.string(),
  kind: z.enum(timelineKinds),
  detail: z.record(z.string(), z.unknown()),
});
export type TimelineItem = z.infer<typeof timelineRow>;

/** What `position` looks like. */
export const timelinePosition = /^[0-9][0-9a-f-]{0,40}$/;

/** Times inside jsonb are text: written as the API writes them. */
const iso = sql.fragment`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** Oldest first, beyond `after`; at most `limit` rows. */
export const readTimeline = (
  db: CommonQueryMethods,
  { tenantId, eId, after, limit }: { tenantId: string; eId: string; after: After | null; limit: number },
): Promise<readonly TimelineItem[]> =>
  db.any(sql.type(timelineRow)`
    with job as (
      select j.author, j.request_id, j.resend_of, j.resend_reason, j.accepted_at, j.triaged_at, j.triaged_by, j.triage_reason, j.ended_at, j.status,
        j.cancelled_by, j.held_triage
      from email_job j
      where j.tenant_id = ${tenantId} and j.e_id = ${eId}
    ),
    happened as (
      select j.accepted_at as at, '0' as position, 'accepted' as kind,
        jsonb_build_object('author', j.author, 'requestId', j.request_id, 'resendOf', j.resend_of)
          || case when j.resend_of is null then '{}'::jsonb else jsonb_build_object('reason', j.resend_reason) end as detail
      from job j
      union all
      select a.started_at, '1' || lpad(a.number::text, 10, '0'), 'attempt', jsonb_build_object('number', a.number, 'outcome', a.outcome,
        'code', a.code, 'message', a.message, 'batchSize', a.batch_size, 'finishedAt', to_char(a.finished_at at time zone 'UTC', ${iso}))
      from attempt a where a.tenant_id = ${tenantId} and a.job_e_id = ${eId}
      union all
      select v.occurred_at, '2' || v.id::text, 'providerEvent', jsonb_build_object('recordType', v.record_type, 'bounceType', v.bounce_type,
        'messageId', v.message_id, 'receivedAt', to_char(v.received_at at time zone 'UTC', ${iso}))
      from email_event v where v.tenant_id = ${tenantId} and v.job_e_id = ${eId}
      union all
      select d.at, '3', 'deadLetter', jsonb_build_object('attempts', d.attempts, 'lastCode', d.last_code, 'lastMessage', d.last_message)
      from dead_letter d where d.tenant_id = ${tenantId} and d.job_e_id = ${eId}
      union all
      select (j.held_triage->>'at')::timestamptz, '4', 'triaged', (j.held_triage - 'at') || '{"from": "HELD"}'::jsonb from job j
      where j.held_triage is not null
      union all
      select j.triaged_at, '41', 'triaged', jsonb_build_object('from', 'INCONSISTENT', 'status', j.status, 'author', j.triaged_by, 'reason', j.triage_reason)
      from job j where j.triaged_at is not null
      union all
      -- By nobody in particular: a force-lock, or the removal of its configuration.
      select j.ended_at, '5', 'cancelled', jsonb_build_object('author', j.cancelled_by) from job j where j.status = 'CANCELLED' and j.ended_at is not null
    )
    select date_trunc('milliseconds', h.at) as at, h.position, h.kind, h.detail from happened h
    where ${
      after === null
        ? sql.fragment`true`
        : sql.fragment`(date_trunc('milliseconds', h.at), h.position collate "C") > (${sql.timestamp(after.at)}, ${after.id} collate "C")`
    }
    order by date_trunc('milliseconds', h.at), h.position collate "C" limit ${limit}`);
