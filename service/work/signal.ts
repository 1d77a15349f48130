/** A command of an operator or a tenant, and what must be true before it is answered. */
import type { Signal } from '../core/configuration/events.ts';
import { apply } from './apply.ts';
import { awaitSilence } from './awaitSilence.ts';
import type { ApplyOutcome, Caller } from './outcomes.ts';
import type { WorkContext } from './workContext.ts';

export type SignalRequest = { tenantId: string; eId: string; signal: Signal; reason: string | null; adopt: boolean };

/**
 * After a force-lock is answered nothing new reaches the provider, from whichever process. That holds for its repeat as well: who asks again because the
 * first answer did not come is told that it is so only when it is.
 */
export const signal = async (
  ctx: Pick<WorkContext, 'db' | 'now' | 'newId' | 'settings' | 'hint' | 'observe' | 'abortSends'>,
  { tenantId, eId, signal: name, reason, adopt }: SignalRequest,
  caller: Caller,
): Promise<ApplyOutcome> => {
  const outcome = await apply(ctx, { tenantId, eId, event: { type: 'Signal', signal: name, reason, adopt }, caller });
  if (name === 'force-lock' && (outcome.kind === 'changed' || outcome.kind === 'alreadySo')) {
    ctx.abortSends(eId);
    await awaitSilence(ctx, tenantId, eId);
  }
  return outcome;
};
