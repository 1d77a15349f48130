/**
 * Sends a job's message again, as a new job that names the old one; gates and suppressions apply as to any other.
 *
 * Guarantee: one idempotency key makes one resend, as it makes one message: the key is the tenant's own, and what it was used for is the job and the reason.
 * Without a key each call is a resend of its own: the id of a request only names it, and whoever keeps one for a whole session asks for more than one thing.
 */
import { hash } from 'node:crypto';
import type { EmailJob, JobPayload } from '../core/job/records.ts';
import { findJob } from '../store/acceptance.ts';
import { readPayloads } from '../store/sendClaims.ts';
import { type AcceptContext, accept } from './accept.ts';
import type { AcceptRequest, Caller, ResendOutcome } from './outcomes.ts';
import { parsePayload } from './outgoing.ts';

export type ResendRequest = { tenantId: string; eId: string; reason: string; idempotencyKey: string | null };

export const resendJob = async (ctx: AcceptContext, of: ResendRequest, caller: Caller): Promise<ResendOutcome> => {
  const old = await findJob(ctx.db, of.tenantId, of.eId);
  if (old === null) return { kind: 'notFound' };
  const { status, nextAttemptAt } = old;
  if (status === 'QUEUED' || status === 'SENDING' || status === 'HELD') return { kind: 'notAccepted', status, nextAttemptAt };
  const [stored] = await readPayloads(ctx.db, of.tenantId, [of.eId]);
  const request = requestOf(ctx, of, old, stored === undefined ? null : parsePayload(stored.payload));
  const [outcome] = await accept(ctx, [request], caller);
  if (outcome === undefined) throw new Error('accept answers one outcome per request');
  return outcome;
};

const requestOf = (ctx: AcceptContext, of: ResendRequest, old: EmailJob, kept: JobPayload | null): AcceptRequest => ({
  tenantId: of.tenantId,
  configurationEId: old.configurationEId,
  idempotencyKey: of.idempotencyKey ?? `resend:${ctx.newId()}`,
  requestHash: hash('sha256', JSON.stringify(['resend', of.eId, of.reason]), 'hex'),
  payload: kept ?? emptyOf(old),
  // A replay is answered with the truth about its job, also when what it was made of is gone.
  ...(kept === null
    ? { fault: { code: 'not_found', detail: `the body of job ${of.eId} is no longer kept, so it cannot be sent again` } }
    : {}),
  recipient: old.recipient,
  resendOf: of.eId,
  resendReason: of.reason,
});

/** Stands in where nothing is made of it. */
const emptyOf = ({ recipient, subject }: EmailJob): JobPayload => ({
  recipient,
  subject,
  replyToEmail: null,
  htmlBody: null,
  textBody: null,
  tag: null,
  metadata: {},
  attachments: [],
});
