/**
 * What a call's outcomes mean beyond its jobs: the configuration's failures in a row, suppressions, and the provider's pauses. Written after the jobs
 * are settled; a crash in between loses a count or a pause, which the next call finds again, never a job.
 */
import type { ConfigurationEvent } from '../core/configuration/events.ts';
import type { Configuration } from '../core/configuration/records.ts';
import { isInactiveRecipient, type Outcome } from '../core/job/outcome.ts';
import type { JobStatus } from '../core/job/records.ts';
import { accountScope, closePause, openPause, serverScope } from '../store/pauses.ts';
import { openSuppression } from '../store/suppressions.ts';
import { apply } from './apply.ts';
import type { Delivered } from './deliverBatch.ts';
import type { WorkContext } from './workContext.ts';

/** How long an account-level refusal stops the partition before one call tries again; domain time. */
const accountPauseMs = 60_000;
const throttlePauseMs = 5_000;

export const followUp = async (
  ctx: WorkContext,
  c: Configuration,
  delivered: readonly Delivered[],
  settled: readonly { eId: string; status: JobStatus }[],
  begunAt: Date,
): Promise<void> => {
  count(ctx, delivered, settled);
  await suppressInactive(ctx, c, delivered);
  await pauseOrResume(ctx, c, delivered, begunAt);
  await tellConfiguration(ctx, c, delivered);
  ctx.hint('events');
};

const count = (ctx: WorkContext, delivered: readonly Delivered[], settled: readonly { status: JobStatus }[]): void => {
  const byClass = Map.groupBy(delivered, ({ outcome }) => outcome.class);
  for (const [outcome, members] of byClass) ctx.observe.attempts(outcome, members.length);
  ctx.observe.deadLettered(settled.filter(({ status }) => status === 'DEAD_LETTER').length);
};

const suppressInactive = async (ctx: WorkContext, c: Configuration, delivered: readonly Delivered[]): Promise<void> => {
  for (const { job, outcome } of delivered.filter(({ outcome }) => isInactiveRecipient(outcome))) {
    await openSuppression(ctx.db, {
      tenantId: c.tenantId,
      id: ctx.newId(),
      recipient: job.recipient,
      reason: 'ProviderInactive',
      origin: 'provider',
      since: ctx.now(),
      note: outcome.message.slice(0, 1000),
      sourceJobEId: job.eId,
      sourceEventId: null,
      author: 'postmark',
    });
  }
};

const firstOf = (delivered: readonly Delivered[], outcomeClass: Outcome['class']): Outcome | undefined =>
  delivered.find(({ outcome }) => outcome.class === outcomeClass)?.outcome;

const pauseOrResume = async (ctx: WorkContext, c: Configuration, delivered: readonly Delivered[], begunAt: Date): Promise<void> => {
  const now = ctx.now();
  const account = firstOf(delivered, 'account');
  if (account !== undefined) {
    const opened = await openPause(ctx.db, accountScope, account.code, now, new Date(now.getTime() + accountPauseMs));
    if (opened.kind === 'opened') reportAccountPause(ctx, account);
    return;
  }
  const throttled = firstOf(delivered, 'throttled');
  if (throttled !== undefined && c.serverId !== null) {
    await openPause(ctx.db, serverScope(c.serverId), throttled.code, now, new Date(now.getTime() + throttlePauseMs));
    return;
  }
  if (firstOf(delivered, 'accepted') === undefined) return;
  await closePause(ctx.db, accountScope, begunAt);
  if (c.serverId !== null) await closePause(ctx.db, serverScope(c.serverId), begunAt);
};

const reportAccountPause = (ctx: WorkContext, { code }: Outcome): void =>
  ctx.ports.incidents.report({
    message: 'email.send.account_refused',
    level: 'error',
    fingerprint: ['email.send.account_refused', code],
    tags: { 'email.send': 'account_refused' },
    context: { code, partition: ctx.settings.partition },
  });

/** Each message counts in its order: a failure towards the threshold, a success back to none. A success is told only when there is something to reset. */
const tellConfiguration = async (ctx: WorkContext, c: Configuration, delivered: readonly Delivered[]): Promise<void> => {
  const [first] = delivered;
  const caller = { author: 'postroute', requestId: first?.job.requestId ?? 'sender', traceParent: first?.job.traceParent ?? null };
  const tell = (event: ConfigurationEvent) => apply(ctx, { tenantId: c.tenantId, eId: c.eId, event, caller });
  let failing = c.failureCount > 0 || c.operational === 'DEGRADED';
  for (const { outcome } of delivered) {
    if (outcome.class === 'configuration') {
      const detail = outcome.message.slice(0, 500).toWellFormed();
      const told = await tell({ type: 'SendFailed', code: outcome.code, detail });
      // The threshold was crossed: it takes no more of them.
      if (told.kind !== 'changed') return;
      failing = true;
    } else if (outcome.class === 'accepted' && failing) {
      await tell({ type: 'SendSucceeded' });
      failing = false;
    }
  }
};
