/**
 * Carries effects out.
 *
 * Guarantee: every effect is carried out at least once, and its answer counts exactly once.
 * Mechanism: a pass claims due effects with a fence, re-reads their configuration, runs the task, and settles the claim in the same transaction as
 * the event it brings. An answer under an old fence or for an older generation changes nothing.
 * On a crash the claim's holder stops renewing its lease, and another runner takes the effect; the task looks before it repeats.
 */
import { isSuperseded } from '../core/configuration/effects.ts';
import { PortFault } from '../core/portFault.ts';
import { findConfiguration } from '../store/configurations.ts';
import { claimEffects, postponeEffect, releaseEffects, type StepClaim, settleEffect } from '../store/effects.ts';
import { apply } from './apply.ts';
import type { Lanes } from './lanes.ts';
import type { TaskAnswer } from './tasks/task.ts';
import { taskOf } from './tasks/taskOf.ts';
import type { WorkContext } from './workContext.ts';

/** The wait grows from half a second to a minute: a hiccup costs little, an outage is not hammered. Domain time. */
const firstRetryMs = 500;
const longestRetryMs = 60_000;

export const retryAfterMs = (attempts: number): number => Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 10));

/** One pass: begins what is due, as far as there are lanes. Answers how many effects it began. */
export const runEffects = async (ctx: WorkContext, lanes: Lanes): Promise<number> => {
  if (lanes.free() === 0) return 0;
  const claims = await claimEffects(ctx.db, ctx.holder, ctx.now(), lanes.free()).catch((error: unknown) => {
    // It may be committed although its answer was lost. What is under way is given back with it, and may be done twice: tasks look before they repeat.
    ctx.leftovers.keep(() => releaseEffects(ctx.db, ctx.holder));
    throw error;
  });
  for (const claim of claims) lanes.begin(carryOut(ctx, claim));
  return claims.length;
};

export const handBackEffects = (ctx: WorkContext): Promise<void> => releaseEffects(ctx.db, ctx.holder);

/** Answers 1: the claim was dealt with, whatever came of it. */
const carryOut = async (ctx: WorkContext, claim: StepClaim): Promise<number> => {
  try {
    const startedAt = performance.now();
    const answer = await answerOf(ctx, claim);
    recordEffect(ctx, claim, answer, (performance.now() - startedAt) / 1000);
    await settle(ctx, claim, answer);
  } catch (error) {
    ctx.observe.trouble(`effect ${claim.kind}`, error);
    const again = () => postponeEffect(ctx.db, claim, new Date(ctx.now().getTime() + retryAfterMs(claim.attempts)), claim.lastError);
    ctx.leftovers.keep(again);
  }
  return 1;
};

/** Provider calls of a task are in its span: it makes few, one after the other. */
const recordEffect = (ctx: WorkContext, claim: StepClaim, answer: TaskAnswer, seconds: number): void => {
  const { kind, configurationEId, attempts, traceParent: parent } = claim;
  const failure = answer.kind === 'event' && answer.event.type === 'StepFailed' ? answer.event.code : null;
  const facts = { 'postroute.configuration': configurationEId, 'postroute.attempt': attempts, 'postroute.answer': answer.kind };
  ctx.trace.record({ name: kind, kind: 'client', parent, seconds }, facts, failure);
};

const answerOf = async (ctx: WorkContext, claim: StepClaim): Promise<TaskAnswer> => {
  const configuration = await findConfiguration(ctx.db, claim.tenantId, claim.configurationEId);
  if (configuration === null) return { kind: 'nothing', why: 'no such configuration' };
  if (isSuperseded(claim, configuration.generation)) return { kind: 'nothing', why: 'superseded' };
  try {
    return await taskOf[claim.kind](ctx, claim, configuration);
  } catch (error) {
    ctx.observe.trouble(`effect ${claim.kind}`, error);
    const note = error instanceof PortFault ? error.message : 'a fault of our own; see the logs';
    return { kind: 'again', afterMs: null, note };
  }
};

const settle = async (ctx: WorkContext, claim: StepClaim, answer: TaskAnswer): Promise<void> => {
  const { tenantId, configurationEId: eId } = claim;
  switch (answer.kind) {
    case 'event': {
      const caller = { author: 'postroute', requestId: claim.id, traceParent: claim.traceParent };
      await apply(ctx, { tenantId, eId, event: answer.event, caller, answers: claim });
      return;
    }
    case 'again': {
      const afterMs = answer.afterMs ?? retryAfterMs(claim.attempts);
      await postponeEffect(ctx.db, claim, new Date(ctx.now().getTime() + afterMs), answer.note);
      return;
    }
    case 'nothing':
      // An intent whose outcome was never learned outlives its effect: the unwind that superseded it looks for what it may have made.
      await settleEffect(ctx.db, claim, answer.why, ctx.now(), answer.why === 'superseded');
  }
};
