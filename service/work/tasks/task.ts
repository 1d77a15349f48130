/** The shape of every task: ids in, an answer out. A task re-reads, may find nothing to do, and says in its head how it is idempotent. */
import type { ConfigurationEvent } from '../../core/configuration/events.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import { PortFault } from '../../core/portFault.ts';
import type { EffectClaim } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';

export type TaskAnswer =
  | { kind: 'event'; event: ConfigurationEvent }
  /** Not done yet. `afterMs` null: the runner's growing wait. `note` is shown to operators. */
  | { kind: 'again'; afterMs: number | null; note: string | null }
  | { kind: 'nothing'; why: string };

export type Task = (ctx: WorkContext, claim: EffectClaim, configuration: Configuration) => Promise<TaskAnswer>;

/**
 * What a forward step answers to a port's fault: a permanent refusal fails it at once, anything else is tried again until the step's patience
 * (provisioning.stepPatienceMinutes since it was decided) is over. A fault of another kind is not ours to judge.
 */
export const stepFaulted = (ctx: WorkContext, claim: EffectClaim, step: string, error: unknown): TaskAnswer => {
  if (!(error instanceof PortFault)) throw error;
  const { class: faultClass, provider, code, httpStatus } = error.detail;
  const name = `${provider}_${code ?? httpStatus ?? faultClass}`.toLowerCase();
  return faultClass === 'refused' ? stepFailed(step, name, error.message) : stepDelayed(ctx, claim, step, name, error.message);
};

/** What a forward step answers while it may still come right by itself: again, until its patience is over. */
export const stepDelayed = (ctx: WorkContext, claim: EffectClaim, step: string, code: string, note: string): TaskAnswer => {
  const patienceMs = ctx.settings.stepPatienceMinutes * 60_000;
  if (ctx.now().getTime() - claim.createdAt.getTime() < patienceMs) return { kind: 'again', afterMs: null, note };
  return stepFailed(step, code, `gave up after ${ctx.settings.stepPatienceMinutes} minutes: ${note}`);
};

export const stepFailed = (step: string, code: string, detail: string): TaskAnswer => ({
  kind: 'event',
  event: { type: 'StepFailed', step, code, detail },
});
