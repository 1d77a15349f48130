/**
 * Sends a job's message again, as a new job that names the old one; gates and suppressions apply as to any other.
 *
 * Guarantee: one idempotency key makes one resend, as it makes one message: the key is the tenant's own, and what it was used for is the job and the reason.
 * Without a key each call is a resend of its own: the id of a request only names it, and whoever keeps one for a whole session asks for more than one thing.
 */
import { hash } from 'node:crypto';
import type { EmailJob, JobPayload } from '../core/job/records.ts';
import { findJob, readAcceptanceFacts } from '../store/acceptance.ts';
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
  const request = requestOf(ctx, of, old, stored === undefined ? bodyGone(old) : parsePayload(stored.payload));
  // A replay is answered with the truth about its job, whatever has become of the old one since.
  if (stored === undefined && !(await isSeen(ctx, request))) return noBody(of);
  const [outcome] = await accept(ctx, [request], caller);
  if (outcome === undefined) throw new Error('accept answers one outcome per request');
  return outcome;
};

const requestOf = (ctx: AcceptContext, of: ResendRequest, old: EmailJob, payload: JobPayload): AcceptRequest => ({
  tenantId: of.tenantId,
  configurationEId: old.configurationEId,
  idempotencyKey: of.idempotencyKey ?? `resend:${ctx.newId()}`,
  requestHash: hash('sha256', JSON.stringify(['resend', of.eId, of.reason]), 'hex'),
  payload,
  recipient: old.recipient,
  resendOf: of.eId,
  resendReason: of.reason,
});

const isSeen = async (ctx: AcceptContext, request: AcceptRequest): Promise<boolean> =>
  (await readAcceptanceFacts(ctx.db, [request])).some(({ seenJobEId }) => seenJobEId !== null);

/** Stands in where nothing is sent: a replay has its body already. */
const bodyGone = ({ recipient, subject }: EmailJob): JobPayload => ({
  recipient,
  subject,
  replyToEmail: null,
  htmlBody: null,
  textBody: null,
  tag: null,
  metadata: {},
  attachments: [],
});

const noBody = ({ eId }: ResendRequest): ResendOutcome => ({
  kind: 'refused',
  code: 'not_found',
  detail: `the body of job ${eId} is no longer kept, so it cannot be sent again`,
  extra: {},
});
