/**
 * What a correction is: it changes a configuration by events that carry the author, and the outside by the ports. Idempotent: begun by a process that died, it
 * is begun again. A `PortFault` that is no refusal means: not done yet.
 */
import type { Configuration } from '../../../core/configuration/records.ts';
import type { CorrectionOutcome, WaitingCorrection } from '../../../store/driftPlans.ts';
import type { ApplyOutcome, Caller } from '../../outcomes.ts';
import type { WorkContext } from '../../workContext.ts';

export type Correct = (ctx: WorkContext, correction: WaitingCorrection, c: Configuration) => Promise<CorrectionOutcome>;

export const done: CorrectionOutcome = { outcome: 'done', detail: null };
export const failed = (detail: string): CorrectionOutcome => ({ outcome: 'failed', detail });

export const callerOf = ({ author, requestId }: WaitingCorrection): Caller => ({ author, requestId });

/** What an event came to. */
export const told = (outcome: ApplyOutcome): CorrectionOutcome =>
  outcome.kind === 'changed' ? done : failed(`the configuration did not take it: ${outcome.kind}`);
