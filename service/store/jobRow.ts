/** One job as Postgres keeps it: the columns, named once, and their shape. Bodies are in `email_payload`, never here. */
import { z } from 'zod';
import { type EmailJob, jobStatuses } from '../core/job/records.ts';
import { sql } from './pool.ts';

const jobError = z.strictObject({ code: z.string(), message: z.string(), at: z.coerce.date() });

export const jobRow = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  configurationEId: z.string(),
  recipient: z.string(),
  subject: z.string(),
  status: z.enum(jobStatuses),
  attempts: z.number().int(),
  nextAttemptAt: z.date().nullable(),
  postmarkMessageId: z.string().nullable(),
  acceptedAt: z.date(),
  sentAt: z.date().nullable(),
  deliveredAt: z.date().nullable(),
  lastError: jobError.nullable(),
}) satisfies z.ZodType<EmailJob>;

/** For `select ${jobColumns} from email_job j`: the table must be named `j`. */
export const jobColumns = sql.fragment`
  j.tenant_id as "tenantId", j.e_id as "eId", j.configuration_e_id as "configurationEId", j.recipient, j.subject, j.status, j.attempts,
  j.next_attempt_at as "nextAttemptAt", j.postmark_message_id as "postmarkMessageId", j.accepted_at as "acceptedAt", j.sent_at as "sentAt",
  j.delivered_at as "deliveredAt", j.last_error as "lastError"`;
