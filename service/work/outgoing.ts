/** A stored payload as Postmark is to be given it. */
import { z } from 'zod';
import { sendingDomainOf } from '../core/configuration/names.ts';
import type { Configuration } from '../core/configuration/records.ts';
import { withAsciiDomain } from '../core/job/recipient.ts';
import type { JobPayload } from '../core/job/records.ts';
import type { OutgoingMessage } from '../ports/ports.ts';
import type { ClaimedJob } from '../store/sendClaims.ts';

const payloadSchema = z.strictObject({
  recipient: z.string(),
  replyToEmail: z.string().nullable(),
  subject: z.string(),
  htmlBody: z.string().nullable(),
  textBody: z.string().nullable(),
  tag: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  attachments: z.array(z.strictObject({ filename: z.string(), contentType: z.string(), contentBase64: z.string() })),
}) satisfies z.ZodType<JobPayload>;

export const parsePayload = (stored: unknown): JobPayload => payloadSchema.parse(stored);

/** A display name in quotes, so that commas and the like in it do not split the address list. */
const quoted = (name: string): string => `"${name.replace(/(["\\])/g, '\\$1')}"`;

export const fromOf = (c: Configuration, mailZoneName: string): string => {
  const email = `${c.fromLocalPart}@${sendingDomainOf(c.sendingDomainSlug, mailZoneName)}`;
  return c.fromName === null ? email : `${quoted(c.fromName)} <${email}>`;
};

const replyToOf = (c: Configuration, { replyToEmail }: JobPayload): string | null => {
  const written = replyToEmail ?? c.replyToEmail;
  return written === null ? null : withAsciiDomain(written);
};

export const outgoingMessage = (c: Configuration, mailZoneName: string, job: ClaimedJob, payload: JobPayload): OutgoingMessage => ({
  from: fromOf(c, mailZoneName),
  // The canonical form is what suppressions were checked for, so it is what is mailed.
  to: job.recipient,
  replyTo: replyToOf(c, payload),
  subject: payload.subject,
  htmlBody: payload.htmlBody,
  textBody: payload.textBody,
  tag: payload.tag,
  metadata: { ...payload.metadata, jobId: job.eId, requestId: job.requestId.slice(0, 80) },
  attachments: payload.attachments,
});
