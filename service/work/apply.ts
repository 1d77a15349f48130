/**
 * The only function that changes an EmailConfiguration.
 *
 * Guarantee: the next state, its history row and its effects are written together or not at all, for one event at a time.
 * Mechanism: one transaction locks the row, asks the pure `decide`, and writes what it answered. No network call is made inside it, so slonik may run
 * it again after a serialisation failure.
 * On a crash before the commit nothing has happened; after it, the effect rows are found by any runner.
 */
import { UniqueIntegrityConstraintViolationError } from 'slonik';
import { allowedSignals, type Circumstances, type Decision, decide } from '../core/configuration/decide.ts';
import { type EffectKind, isSuperseded } from '../core/configuration/effects.ts';
import { type ConfigurationEvent, historyName, isMaterialEvent, secretFields } from '../core/configuration/events.ts';
import type { Configuration } from '../core/configuration/records.ts';
import { statusOf } from '../core/configuration/sendable.ts';
import { anotherCanSend, lockConfiguration, releaseSlug, updateConfiguration } from '../store/configurations.ts';
import { type EffectClaim, forgetIntents, insertEffect, settleEffect } from '../store/effects.ts';
import { appendEvent } from '../store/history.ts';
import type { DatabaseTransactionConnection } from '../store/pool.ts';
import type { ApplyOutcome, Caller } from './outcomes.ts';
import type { WorkContext } from './workContext.ts';

export type Command = {
  tenantId: string;
  eId: string;
  event: ConfigurationEvent;
  caller: Caller;
  /** The claim whose answer this event is: settled in the same transaction, and without it nothing happens. */
  answers?: EffectClaim;
};

export type ApplyContext = Pick<WorkContext, 'db' | 'now' | 'newId' | 'settings' | 'hint' | 'observe'>;

type Write = { decision: Decision; before: Configuration };

export const apply = async (ctx: ApplyContext, command: Command): Promise<ApplyOutcome> => {
  try {
    const written = await ctx.db.transaction((db) => inTransaction(ctx, db, command));
    if (written === null) return { kind: 'notFound' };
    tell(ctx, written, command);
    return outcomeOf(written);
  } catch (error) {
    if (!(error instanceof UniqueIntegrityConstraintViolationError) || error.constraint !== 'configuration_one_sender_per_tenant')
      throw error;
    // Two configurations of the tenant were unlocked at the same moment; the database let one through.
    const configuration = await ctx.db.transaction((db) => lockConfiguration(db, command.tenantId, command.eId));
    if (configuration === null) return { kind: 'notFound' };
    return { kind: 'refused', code: 'tenant_already_sendable', allowedSignals: allowedSignals(configuration, true), configuration };
  }
};

const inTransaction = async (ctx: ApplyContext, db: DatabaseTransactionConnection, command: Command): Promise<Write | null> => {
  const { tenantId, eId, event, answers } = command;
  const before = await lockConfiguration(db, tenantId, eId);
  if (before === null) return null;
  // Read under the lock, so that the times of a configuration's history are in the order of its events.
  const now = ctx.now();
  if (answers !== undefined) {
    const superseded = isSuperseded(answers, before.generation);
    const settled = await settleEffect(db, answers, superseded ? 'superseded' : event.type, now, superseded || event.type === 'StepFailed');
    if (superseded || settled.kind === 'lost') return { decision: { kind: 'ignored' }, before };
  }
  const decision = decide(before, event, await circumstances(ctx, db, before, now));
  if (decision.kind === 'changed') await write(ctx, db, before, decision, command, now);
  return { decision, before };
};

const circumstances = async (
  ctx: ApplyContext,
  db: DatabaseTransactionConnection,
  c: Configuration,
  now: Date,
): Promise<Circumstances> => ({
  now,
  otherCanSend: await anotherCanSend(db, c.tenantId, c.eId),
  pollingIntervalSeconds: ctx.settings.pollingIntervalSeconds,
  pollingTimeoutHours: ctx.settings.pollingTimeoutHours,
  failureThreshold: ctx.settings.failureThreshold,
});

const write = async (
  ctx: ApplyContext,
  db: DatabaseTransactionConnection,
  before: Configuration,
  { next, effects, recorded }: Extract<Decision, { kind: 'changed' }>,
  { caller }: Command,
  now: Date,
): Promise<void> => {
  await updateConfiguration(db, next);
  const entry = {
    at: now,
    author: caller.author,
    event: historyName(recorded),
    fromStatus: statusOf(before),
    toStatus: statusOf(next),
    detail: detailOf(recorded),
    requestId: caller.requestId,
  };
  await appendEvent(db, entry, next);
  // The next look begins with what this one saw, so that it can tell whether it sees anything new.
  const note = recorded.type === 'VerificationChecked' ? recorded.evidence : null;
  // A domain may wait for a day, looked at twice a minute: its trace ends with the first look.
  const traceParent = recorded.type === 'VerificationChecked' ? null : (caller.traceParent ?? null);
  for (const effect of effects) await insertEffect(db, ctx.newId(), next, effect, now, { note, traceParent });
  if (recorded.type === 'Unwound') await forgetIntents(db, next.tenantId, next.eId);
  if (next.operational === 'REMOVED') await releaseSlug(db, next.sendingDomainSlug, next.tenantId, next.eId);
};

/** What history shows of an event: its facts without the type, and without sealed secrets. */
export const detailOf = (event: ConfigurationEvent): Record<string, string | number | boolean | null> =>
  Object.fromEntries(Object.entries(event).filter(([key]) => key !== 'type' && key !== 'signal' && !secretFields.has(key)));

const outcomeOf = ({ decision, before }: Write): ApplyOutcome => {
  switch (decision.kind) {
    case 'changed':
      return { kind: 'changed', configuration: decision.next };
    case 'refused':
      return { kind: 'refused', code: decision.code, allowedSignals: decision.allowedSignals, configuration: before };
    default:
      return { kind: decision.kind, configuration: before };
  }
};

const hintOf = (kind: EffectKind) => (kind === 'check-verification' ? 'looks' : 'effects');

/** After the commit: counters, logs, and a hint to whoever carries the effects out. */
const tell = (ctx: ApplyContext, { decision, before }: Write, { caller }: Command): void => {
  // A rotation changes every configuration's secrets: its progress tells of it, and not a line for each.
  if (decision.kind !== 'changed' || isMaterialEvent(decision.recorded)) return;
  const { next, effects, recorded } = decision;
  const what = { from: statusOf(before), to: statusOf(next), event: historyName(recorded), eId: next.eId, requestId: caller.requestId };
  ctx.observe.transition(what);
  if (recorded.type === 'StepFailed') ctx.observe.stepFailed(recorded.step, recorded.code);
  if (before.verificationStartedAt !== null && (recorded.type === 'Verified' || recorded.type === 'VerificationTimedOut')) {
    const outcome = recorded.type === 'Verified' ? 'verified' : 'timed_out';
    ctx.observe.verificationEnded(outcome, (next.updatedAt.getTime() - before.verificationStartedAt.getTime()) / 1000);
  }
  for (const kind of new Set(effects.map(({ kind }) => hintOf(kind)))) ctx.hint(kind);
  if (next.administrative === 'UNLOCKED' && before.administrative !== 'UNLOCKED') ctx.hint('jobs');
};
