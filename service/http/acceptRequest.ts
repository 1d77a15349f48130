/** From a validated message to what acceptance takes: the payload, the canonical recipient, and the hash that tells a replay from a mistake. */
import { hash } from 'node:crypto';
import { canonicalRecipient } from '../core/job/recipient.ts';
import type { JobPayload } from '../core/job/records.ts';
import type { AcceptRequest } from '../work/outcomes.ts';
import type { JobRequest } from './schemas/jobRequest.ts';

const payloadOf = (request: JobRequest): JobPayload => ({
  recipient: request.recipient,
  replyToEmail: request.replyToEmail ?? null,
  subject: request.subject,
  htmlBody: request.htmlBody ?? null,
  textBody: request.textBody ?? null,
  tag: request.tag ?? null,
  metadata: request.metadata ?? {},
  attachments: (request.attachments ?? []).map(({ filename, contentType, contentBase64 }) => ({ filename, contentType, contentBase64 })),
});

/** The payload is built key by key above, so only the caller's own keys need an order for two equal requests to hash alike. */
const requestHash = (configurationEId: string, payload: JobPayload): string => {
  const metadata = Object.entries(payload.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', JSON.stringify([configurationEId, { ...payload, metadata }]), 'hex');
};

/** Sizes and attachment types are judged by acceptance, after its other gates: a suppressed recipient is 403 whatever the message weighs. */
export const acceptRequest = (tenantId: string, idempotencyKey: string, request: JobRequest): AcceptRequest => {
  const recipient = canonicalRecipient(request.recipient);
  if (recipient === null) throw new Error('the schema lets only addresses through');
  const payload = payloadOf(request);
  const { configurationEId } = request;
  return { tenantId, configurationEId, idempotencyKey, requestHash: requestHash(configurationEId, payload), payload, recipient };
};
