/**
 * Finds what nobody else would: work whose holder died, and configurations that should have work and have none. Runs at every start and then again and
 * again; safe with any number of replicas, since every statement is guarded, and an effect too many finds nothing to do.
 */
import type { EffectKind } from '../core/configuration/effects.ts';
import { tryWithLock } from '../store/advisoryLocks.ts';
import { insertEffect } from '../store/effects.ts';
import { findStranded, findUndrained } from '../store/reconciliation.ts';
import { holdOrphanedJobs } from '../store/sendSettlements.ts';
import { forgetDeadLeases } from '../store/workerLeases.ts';
import type { WorkContext } from './workContext.ts';

const foundAtOnce = 200;

const effectOfStep: Readonly<Record<string, EffectKind>> = {
  createServer: 'create-server',
  createDomain: 'create-domain',
  installWebhook: 'install-webhook',
  writeRecords: 'write-records',
  unwind: 'unwind',
  cleanUp: 'unwind',
};

const effectFor = (operational: string, step: string | null): EffectKind | null => {
  if (operational === 'AWAITING_VERIFICATION') return 'check-verification';
  if (operational === 'REMOVING') return 'unwind';
  return step === null ? null : (effectOfStep[step] ?? null);
};

/** Jobs under way at a holder that is dead: HELD, to be looked up once the provider's search can know of them. */
export const sweep = async (ctx: WorkContext): Promise<number> => {
  const now = ctx.now();
  const held = await holdOrphanedJobs(ctx.db, now, new Date(now.getTime() + ctx.settings.ambiguityGraceSeconds * 1000));
  if (held > 0) {
    ctx.observe.attempts('ambiguous', held);
    ctx.hint('held');
  }
  return held;
};

export const reconcile = async (ctx: WorkContext): Promise<number> => {
  const found = await tryWithLock(ctx.db, 'postroute:reconcile', async () => {
    const now = ctx.now();
    const stranded = await findStranded(ctx.db, foundAtOnce);
    for (const { operational, step, ...of } of stranded) {
      const kind = effectFor(operational, step);
      if (kind !== null) await insertEffect(ctx.db, ctx.newId(), of, { kind, runAt: now }, now);
    }
    const undrained = await findUndrained(ctx.db, foundAtOnce);
    for (const of of undrained) await insertEffect(ctx.db, ctx.newId(), of, { kind: 'check-drain', runAt: now }, now);
    await forgetDeadLeases(ctx.db);
    return stranded.length + undrained.length;
  });
  if (found !== null && found > 0) {
    ctx.hint('effects');
    ctx.hint('looks');
  }
  return found ?? 0;
};
