/**
 * Makes what the provider lets exist once under its name, and has no key for that would make a second try the first.
 *
 * Idempotent by intent: the row says that we called before the call is made. A name that exists is then our own work of a try whose answer was lost, and is
 * adopted, unless another configuration owns it. On a first try it is somebody else's: an orphan, and an operator's decision, who may ask for its adoption.
 */
import type { Configuration } from '../../core/configuration/records.ts';
import { PortFault } from '../../core/portFault.ts';
import { clearIntent, type EffectClaim, recordIntent } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import { stepDelayed, stepFailed, stepFaulted, type TaskAnswer } from './task.ts';

export type Unique<T> = {
  step: string;
  /** Names it in what an operator reads: `the Postmark server acme`. */
  called: string;
  orphanCode: string;
  /** The provider's code for "a thing of this name exists". */
  existsCode: number;
  create: () => Promise<T>;
  /** By exact name; null when the provider lists none. */
  find: () => Promise<T | null>;
  /** The other configuration that has it, by its id. */
  otherOwnerOf: (thing: T) => Promise<string | null>;
  answer: (thing: T, adopted: boolean) => TaskAnswer;
};

export const createOnce = async <T>(ctx: WorkContext, claim: EffectClaim, c: Configuration, unique: Unique<T>): Promise<TaskAnswer> => {
  const calledBefore = claim.intentAt !== null;
  const intent = await recordIntent(ctx.db, claim, ctx.now());
  if (intent.kind === 'lost') return { kind: 'nothing', why: 'taken over' };
  try {
    return unique.answer(await unique.create(), false);
  } catch (error) {
    // Provably nothing of ours: neither the next try after a crash nor an unwind may believe that what is there under this name was made by us.
    if (error instanceof PortFault && error.class !== 'unknown' && !calledBefore) await clearIntent(ctx.db, claim);
    if (!(error instanceof PortFault) || !error.refusedWith(unique.existsCode)) return stepFaulted(ctx, claim, unique.step, error);
    if (calledBefore || c.adoptRequested) return takeOver(ctx, claim, unique);
    return orphan(ctx, claim, unique, 'and is not ours; look at it, then re-provision, with adopt: true to take it over');
  }
};

const takeOver = async <T>(ctx: WorkContext, claim: EffectClaim, unique: Unique<T>): Promise<TaskAnswer> => {
  try {
    const thing = await unique.find();
    if (thing === null) {
      const note = `Postmark says that ${unique.called} exists, and does not list it`;
      return stepDelayed(ctx, claim, unique.step, `postmark_${unique.existsCode}`, note);
    }
    const owner = await unique.otherOwnerOf(thing);
    return owner === null ? unique.answer(thing, true) : orphan(ctx, claim, unique, `and belongs to configuration ${owner}`);
  } catch (error) {
    return stepFaulted(ctx, claim, unique.step, error);
  }
};

/** Without the intent: the unwind that follows must not look for it and take it for ours. */
const orphan = async <T>(ctx: WorkContext, claim: EffectClaim, unique: Unique<T>, why: string): Promise<TaskAnswer> => {
  await clearIntent(ctx.db, claim);
  return stepFailed(unique.step, unique.orphanCode, `${unique.called} exists already ${why}`);
};
