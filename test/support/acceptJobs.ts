/** Messages for a configuration on the bench, and what has become of them. */
import type { Configuration } from '../../service/core/configuration/records.ts';
import type { EmailJob, JobPayload } from '../../service/core/job/records.ts';
import { sql } from '../../service/store/pool.ts';
import { accept } from '../../service/work/accept.ts';
import type { AcceptRequest } from '../../service/work/outcomes.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { caller, type Row, type WorkBench } from './workBench.ts';

export const payloadOf = (recipient: string, given: Partial<JobPayload> = {}): JobPayload => ({
  recipient,
  replyToEmail: null,
  subject: 'Welcome',
  htmlBody: null,
  textBody: 'Hello',
  tag: null,
  metadata: {},
  attachments: [],
  ...given,
});

type Of = Pick<Configuration, 'tenantId' | 'eId'>;

export const requestOf = ({ tenantId, eId }: Of, key: string, given: Partial<AcceptRequest> = {}): AcceptRequest => ({
  tenantId,
  configurationEId: eId,
  idempotencyKey: key,
  requestHash: `hash of ${key}`,
  recipient: 'bob@example.com',
  payload: payloadOf('bob@example.com'),
  ...given,
});

let keys = 0;

/** So many messages, each with a recipient of its own. */
export const acceptJobs = async (ctx: WorkContext, of: Of, count = 1, given: Partial<JobPayload> = {}): Promise<EmailJob[]> => {
  const requests = Array.from({ length: count }, () => {
    keys += 1;
    const recipient = `r${keys}@example.com`;
    return requestOf(of, `key-${keys}`, { recipient, payload: payloadOf(recipient, given) });
  });
  return (await accept(ctx, requests, caller)).map((outcome) => {
    if (outcome.kind !== 'accepted') throw new Error(`the message was ${outcome.kind}: ${JSON.stringify(outcome)}`);
    return outcome.job;
  });
};

/** The only job of a kind, as the database has it. */
export const acceptJob = async (ctx: WorkContext, of: Of, given: Partial<JobPayload> = {}): Promise<EmailJob> => {
  const [job] = await acceptJobs(ctx, of, 1, given);
  if (job === undefined) throw new Error('no job was accepted');
  return job;
};

export const jobRows = (bench: WorkBench): Promise<Row[]> =>
  bench.rows(sql.unsafe`
    select e_id as "eId", status, attempts, rungs, looks, postmark_message_id as "messageId", next_attempt_at as "nextAttemptAt",
      cancel_requested as "cancelRequested", ended_at as "endedAt", sent_at as "sentAt", last_error->>'code' as "lastCode", holder, fence
    from email_job order by accepted_at, e_id`);

export const jobRow = async (bench: WorkBench, { eId }: { eId: string }): Promise<Row> => {
  const row = (await jobRows(bench)).find((each) => each['eId'] === eId);
  if (row === undefined) throw new Error(`there is no job ${eId}`);
  return row;
};

export const attemptRows = (bench: WorkBench): Promise<Row[]> =>
  bench.rows(sql.unsafe`
    select a.number, a.outcome, a.code, a.batch_size as "batchSize", a.finished_at is not null as finished from attempt a
    order by a.started_at, a.job_e_id, a.number`);

/** How many jobs are in each status. */
export const jobCounts = async (bench: WorkBench): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await bench.rows(sql.unsafe`select status, count(*)::int as count from email_job group by status order by status`)).map(
      ({ status, count }) => [String(status), Number(count)],
    ),
  );
