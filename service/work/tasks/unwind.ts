/**
 * Takes back what provisioning made, in reverse, and in an order that never leaves a record pointing at a released resource: stop sends, delete the
 * records, wait until the authoritative servers no longer answer them, then release webhooks, domain and server.
 *
 * Idempotent: each step looks at what is there, and finds an absence as good as a deletion. Tried again, ever slower, until it succeeds; an operator is
 * told once after provisioning.unwindAlertMinutes. What a lost answer may have made is looked for by name.
 */
import type { Configuration } from '../../core/configuration/records.ts';
import { drainEvidence } from '../../core/job/drain.ts';
import { PortFault } from '../../core/portFault.ts';
import { cancelJobs, countInFlight } from '../../store/drains.ts';
import { type EffectClaim, recordAlert } from '../../store/effects.ts';
import { releaseDomain, releaseServer, releaseWebhooks } from '../release.ts';
import { openServerToken } from '../serverToken.ts';
import { withdrawRecords } from '../withdrawRecords.ts';
import type { WorkContext } from '../workContext.ts';
import type { TaskAnswer } from './task.ts';

/** Domain time. Nothing outside is asked, and whoever has settled the last message does not wait for a back-off of minutes. */
const drainLookMs = 5_000;
/** Process time: a report that is only in memory would die with us. */
const flushMs = 2_000;

export const unwind = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  try {
    const answer = await attempt(ctx, claim, c);
    if (answer.kind === 'again') await alertOnce(ctx, claim, c, answer.note);
    return answer;
  } catch (error) {
    // A fault of our own, such as a token whose key is not loaded, is tried again like any other, and must not keep the operator from being told.
    await alertOnce(ctx, claim, c, 'a fault of our own');
    throw error;
  }
};

const attempt = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  try {
    const drained = await stopSends(ctx, c);
    if (drained !== null) return drained;
    const withdrawn = await withdrawRecords(ctx, claim, c);
    if (withdrawn.kind === 'waiting') return { kind: 'again', afterMs: withdrawn.afterMs, note: withdrawn.for };
    const opened = openServerToken(ctx.keyring, c);
    if (opened.kind === 'closed' && opened.code !== 'no_server_token') {
      ctx.keyMissed();
      return { kind: 'again', afterMs: null, note: `the server token cannot be opened: ${opened.why}` };
    }
    await releaseWebhooks(ctx, c);
    await releaseDomain(ctx, claim, c);
    const retiredServerId = await releaseServer(ctx, claim, c);
    return { kind: 'event', event: { type: 'Unwound', retiredServerId } };
  } catch (error) {
    if (!(error instanceof PortFault)) throw error;
    return { kind: 'again', afterMs: null, note: error.message };
  }
};

/** Queued jobs of a configuration that is being removed end; what is under way is waited for. */
const stopSends = async (ctx: WorkContext, c: Configuration): Promise<TaskAnswer | null> => {
  if (c.operational === 'REMOVING') await cancelJobs(ctx.db, c.tenantId, c.eId, null, ctx.now());
  const inFlight = await countInFlight(ctx.db, c.tenantId, c.eId);
  if (inFlight.sending + inFlight.held === 0) return null;
  return { kind: 'again', afterMs: drainLookMs, note: `waiting for messages: ${drainEvidence(inFlight)}` };
};

/** Told before it is recorded: after a crash in between it is told again, and the fingerprint keeps it one issue. */
const alertOnce = async (ctx: WorkContext, claim: EffectClaim, c: Configuration, note: string | null): Promise<void> => {
  const tookMs = ctx.now().getTime() - claim.createdAt.getTime();
  if (claim.alertedAt !== null || tookMs < ctx.settings.unwindAlertMinutes * 60_000) return;
  ctx.ports.incidents.report({
    message: 'email.configuration.lifecycle.unwind_stuck',
    level: 'error',
    fingerprint: ['email.configuration.lifecycle.unwind_stuck', c.eId],
    tags: { 'email.configuration.lifecycle': 'unwind_stuck' },
    context: { eId: c.eId, postmarkServerId: c.serverId, waitingFor: note },
  });
  await ctx.ports.incidents.flush(flushMs);
  await recordAlert(ctx.db, claim, ctx.now());
};
