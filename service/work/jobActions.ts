/** What may be asked of one job after it was accepted. */
import { createHash } from 'node:crypto';
import { findJob } from '../store/acceptance.ts';
import { cancelQueuedJob } from '../store/drains.ts';
import { readPayloads } from '../store/sendClaims.ts';
import { type AcceptContext, accept } from './accept.ts';
import type { Caller, JobActionOutcome, ResendOutcome } from './outcomes.ts';
import { parsePayload } from './outgoing.ts';

type Of = { tenantId: string; eId: string };

/** The job as it is now, after a statement that changed it or did not. */
export const answerOf = async (ctx: AcceptContext, { tenantId, eId }: Of, changed: boolean): Promise<JobActionOutcome> => {
  const job = await findJob(ctx.db, tenantId, eId);
  if (job === null) return { kind: 'notFound' };
  return changed ? { kind: 'done', job } : { kind: 'notAccepted', status: job.status, nextAttemptAt: job.nextAttemptAt };
};

/** Only a QUEUED job can be taken back; one that was is CANCELLED, and cancelling it again is refused as for any other that is not queued. */
export const cancelJob = async (ctx: AcceptContext, of: Of, { author }: Caller): Promise<JobActionOutcome> => {
  const { kind } = await cancelQueuedJob(ctx.db, { ...of, author }, ctx.now());
  return answerOf(ctx, of, kind === 'cancelled');
};

/** A new job with the old one's message; it names the old one, and gates and suppressions apply as to any other. */
export const resendJob = async (ctx: AcceptContext, of: Of & { reason: string }, caller: Caller): Promise<ResendOutcome> => {
  const old = await findJob(ctx.db, of.tenantId, of.eId);
  if (old === null) return { kind: 'notFound' };
  if (old.status === 'QUEUED' || old.status === 'SENDING' || old.status === 'HELD') {
    const { status, nextAttemptAt } = old;
    return { kind: 'notAccepted', status, nextAttemptAt };
  }
  const [stored] = await readPayloads(ctx.db, of.tenantId, [of.eId]);
  if (stored === undefined) {
    return {
      kind: 'refused',
      code: 'not_found',
      detail: `the body of job ${of.eId} is no longer kept, so it cannot be sent again`,
      extra: {},
    };
  }
  // One resend per job and request: a lost answer, asked again with the same request id, does not send a third copy.
  const idempotencyKey = `resend:${createHash('sha256').update(`${of.eId}\n${caller.requestId}`).digest('hex')}`;
  const request = {
    tenantId: of.tenantId,
    configurationEId: old.configurationEId,
    idempotencyKey,
    requestHash: of.eId,
    payload: parsePayload(stored.payload),
    recipient: old.recipient,
    resendOf: of.eId,
    resendReason: of.reason,
  };
  const [outcome] = await accept(ctx, [request], caller);
  if (outcome === undefined) throw new Error('accept answers one outcome per request');
  return outcome.kind === 'refused' ? outcome : { kind: 'done', job: outcome.job };
};
