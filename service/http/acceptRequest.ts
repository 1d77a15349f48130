/** From a validated message to what acceptance takes: the payload, the canonical recipient, and the hash that tells a replay from a mistake. */
import { hash } from 'node:crypto';
import { Problem } from '../core/errors.ts';
import { brokenLimit } from '../core/job/limits.ts';
import { canonicalRecipient } from '../core/job/recipient.ts';
import type { JobPayload } from '../core/job/records.ts';
import type { AcceptRequest } from './deps.ts';
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

/** Throws `message_too_large` or `attachment_forbidden`, with its pointer under `prefix`. */
export const acceptRequest = (tenantId: string, idempotencyKey: string, request: JobRequest, prefix = ''): AcceptRequest => {
  const payload = payloadOf(request);
  const broken = brokenLimit(payload, (text) => Buffer.byteLength(text, 'utf8'));
  if (broken !== null) {
    throw new Problem(broken.code, broken.detail, { errors: [{ pointer: prefix + broken.pointer, detail: broken.detail }] });
  }
  const recipient = canonicalRecipient(request.recipient);
  if (recipient === null) throw new Error('the schema lets only addresses through');
  const { configurationEId } = request;
  return { tenantId, configurationEId, idempotencyKey, requestHash: requestHash(configurationEId, payload), payload, recipient };
};
