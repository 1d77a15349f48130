/** One call for the messages of one configuration, and what came of each. */
import type { Configuration } from '../core/configuration/records.ts';
import { type Outcome, outcomeOf } from '../core/job/outcome.ts';
import type { JobPayload } from '../core/job/records.ts';
import { settle } from '../core/job/settle.ts';
import type { SendTerms } from '../ports/ports.ts';
import type { ClaimedJob } from '../store/sendClaims.ts';
import { type JobSettlement, settleJobs } from '../store/sendSettlements.ts';
import { followUp } from './followUp.ts';
import { outgoingMessage } from './outgoing.ts';
import { type OpenedToken, openServerToken } from './serverToken.ts';
import type { WorkContext } from './workContext.ts';

export type Ready = { job: ClaimedJob; payload: JobPayload };
export type Delivered = Ready & { outcome: Outcome };

export const deliverBatch = async (ctx: WorkContext, c: Configuration, batch: readonly Ready[], terms: SendTerms): Promise<void> => {
  const begunAt = ctx.now();
  const outcomes = await call(ctx, c, batch, terms);
  const now = ctx.now();
  const delivered = batch.map((ready, index): Delivered => ({ ...ready, outcome: outcomes[index] ?? missing }));
  const settlements = delivered.map(({ job, outcome }) => settlementOf(ctx, job, outcome, now));
  const settled = await settleJobs(ctx.db, c.tenantId, settlements, now);
  await followUp(ctx, c, delivered, settled, begunAt);
};

/** An adapter answers one entry per message; one that is missing is unknown, not refused. */
const missing: Outcome = {
  class: 'ambiguous',
  code: 'no_answer',
  message: 'the provider answered fewer messages than it was given',
  messageId: null,
};

/** Not sent, and sure of it: the token cannot be opened here and now. The message waits; no attempt is used. */
const tokenClosed = ({ code, why }: Extract<OpenedToken, { kind: 'closed' }>): Outcome => ({
  class: 'throttled',
  code: code === 'unknown_key_version' || code === 'no_server_token' ? 'key_not_loaded' : code,
  message: why,
  messageId: null,
});

const call = async (ctx: WorkContext, c: Configuration, batch: readonly Ready[], terms: SendTerms): Promise<Outcome[]> => {
  const opened = openServerToken(ctx.keyring, c);
  if (opened.kind === 'closed') {
    ctx.keyMissed();
    return batch.map(() => tokenClosed(opened));
  }
  // Between the claim and this line a force-lock may have aborted us: then nothing was sent, and the look-up will say so.
  if (terms.abort.aborted)
    return batch.map(() => ({ class: 'ambiguous', code: 'aborted', message: 'aborted by force-lock', messageId: null }) as const);
  const messages = batch.map(({ job, payload }) => outgoingMessage(c, ctx.settings.mailZoneName, job, payload));
  const startedAt = performance.now();
  const answers = await ctx.ports.mail.send(opened.token, messages, terms);
  const seconds = (performance.now() - startedAt) / 1000;
  ctx.observe.sendDuration(seconds);
  const outcomes = answers.map(outcomeOf);
  recordCall(ctx, c, batch, outcomes, seconds);
  return outcomes;
};

/** One call, and a span of it in the trace of each of its messages. */
const recordCall = (ctx: WorkContext, c: Configuration, batch: readonly Ready[], outcomes: readonly Outcome[], seconds: number): void => {
  for (const [index, { job }] of batch.entries()) {
    const outcome = outcomes[index] ?? missing;
    const facts = {
      'peer.service': 'postmark',
      'postroute.job': job.eId,
      'postroute.configuration': c.eId,
      'postroute.attempt': job.attempts,
      'postroute.outcome': outcome.class,
      'messaging.batch.message_count': batch.length,
    };
    const name = batch.length === 1 ? 'POST /email' : 'POST /email/batch';
    ctx.trace.record({ name, kind: 'client', parent: job.traceParent, seconds }, facts, outcome.class === 'accepted' ? null : outcome.code);
  }
};

const settlementOf = (ctx: WorkContext, job: ClaimedJob, outcome: Outcome, now: Date): JobSettlement => {
  const { retryLadderSeconds, ambiguityGraceSeconds } = ctx.settings;
  const { status, nextAttemptAt, attemptUsed } = settle(outcome, {
    attempts: job.rungs,
    now,
    jitter: ctx.random() * 2 - 1,
    retryLadderSeconds,
    ambiguityGraceSeconds,
  });
  return {
    eId: job.eId,
    fence: job.fence,
    number: job.attempts,
    status,
    nextAttemptAt,
    attemptUsed,
    messageId: outcome.messageId,
    outcome: outcome.class,
    code: outcome.code,
    message: outcome.message,
  };
};
