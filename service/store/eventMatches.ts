/** Which job an event is of, when it does not name one that is known: told by the message's own number, or by a second look. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

export type UnnamedEvent = { tenantId: string; id: string; recipient: string; messageId: string };

const match = z.strictObject({ id: z.string(), jobEId: z.string() });

/**
 * Gives each event the job whose message it is of, and answers which. Found among the jobs of its recipient, which have an index; a message's number has
 * none, since every event of a message of ours names its job, and an index that all messages pay for would serve those few.
 */
export const nameJobsOfMessages = (db: CommonQueryMethods, events: readonly UnnamedEvent[]) =>
  db.any(sql.type(match)`
    update email_event e set job_e_id = j.e_id
    from ${sql.unnest(
      events.map(({ tenantId, id, recipient, messageId }) => [tenantId, id, recipient, messageId]),
      ['text', 'uuid', 'text', 'text'],
    )} as w (tenant_id, id, recipient, message_id)
    cross join lateral (
      select j.e_id from email_job j
      where j.tenant_id = w.tenant_id and j.recipient = w.recipient and j.postmark_message_id = w.message_id limit 1
    ) j
    where e.tenant_id = w.tenant_id and e.id = w.id
    returning e.id, e.job_e_id as "jobEId"`);

const reported = z.strictObject({ messageId: z.string(), sentAt: z.date() });

/** The message that a job's callbacks are of, handed over when its last try began; null when there are none. */
export const findReportedMessage = (db: CommonQueryMethods, tenantId: string, jobEId: string) =>
  db.maybeOne(sql.type(reported)`
    select e.message_id as "messageId", t.started_at as "sentAt"
    from email_event e join attempt t on t.tenant_id = e.tenant_id and t.job_e_id = e.job_e_id
    where e.tenant_id = ${tenantId} and e.job_e_id = ${jobEId} and e.message_id is not null order by t.number desc, e.occurred_at limit 1`);

/** Newest first: whoever asks again and again for what never was ours does not hold up the others. */
const lookedAtOnce = 200;

/** Events received after `since` whose job is known by now are to be acted on again. Answers how many. */
export const rematchEvents = async (db: CommonQueryMethods, since: Date): Promise<number> => {
  const rows = await db.any(sql.typeAlias('id')`
    with lost as (
      select e.tenant_id, e.id, e.job_e_id, e.recipient, e.message_id from email_event e
      where e.unmatched and e.received_at > ${sql.timestamp(since)} order by e.received_at desc limit ${lookedAtOnce}
    ), found as (
      select l.tenant_id, l.id, j.e_id from lost l cross join lateral (
        select j.e_id from email_job j where j.tenant_id = l.tenant_id and j.e_id = l.job_e_id
        union all
        select j.e_id from email_job j
        where l.job_e_id is null and j.tenant_id = l.tenant_id and j.recipient = l.recipient and j.postmark_message_id = l.message_id
        limit 1
      ) j
    )
    update email_event e set job_e_id = f.e_id, unmatched = false, projected_at = null
    from found f where e.tenant_id = f.tenant_id and e.id = f.id and e.unmatched returning e.id`);
  return rows.length;
};
