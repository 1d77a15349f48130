/**
 * Carries out what operators accepted, one correction at a time, under the lock of the runs.
 *
 * Guarantee: nothing is corrected that is not as the plan saw it, at that moment. What the outside does not answer is tried again for as long as a step of
 * provisioning would be; what it refuses has failed.
 */
import type { CorrectionKind } from '../../core/drift/plan.ts';
import { MaterialFault } from '../../core/material/materialFault.ts';
import { PortFault } from '../../core/portFault.ts';
import { findConfiguration } from '../../store/configurations.ts';
import { beginCorrection, type CorrectionOutcome, endCorrection, type WaitingCorrection } from '../../store/driftPlans.ts';
import type { WorkContext } from '../workContext.ts';
import { type Correct, failed } from './corrections/correction.ts';
import { adoptServer, retireServer } from './corrections/orphanServers.ts';
import { reinstallWebhook } from './corrections/reinstallWebhook.ts';
import { remakeServer } from './corrections/remakeServer.ts';
import { resealSecrets } from './corrections/resealSecrets.ts';
import { rewriteRecords } from './corrections/rewriteRecords.ts';
import { mergeSuppressions, renameServer } from './corrections/serverCorrections.ts';
import { isSame, lookAgain } from './lookAgain.ts';
import { Unobserved } from './unobserved.ts';

const correctionOf: Readonly<Record<Exclude<CorrectionKind, 'retireServer'>, Correct>> = {
  rewriteRecords,
  remakeServer,
  adoptServer,
  resealSecrets,
  mergeSuppressions,
  reinstallWebhook,
  renameServer,
};

/** Answers how many ended. Stops at the first that the outside does not answer: the next would fare no better. */
export const carryOutCorrections = async (ctx: WorkContext): Promise<number> => {
  for (let ended = 0; ; ended += 1) {
    const correction = ctx.stopping.aborted ? null : await beginCorrection(ctx.db, ctx.now());
    if (correction === null) return ended;
    const outcome = await attempt(ctx, correction);
    if (outcome === 'again') return ended;
    await endCorrection(ctx.db, correction.id, outcome, ctx.now());
    ctx.observe.driftCorrected(correction.kind, outcome.outcome);
  }
};

const attempt = async (ctx: WorkContext, correction: WaitingCorrection): Promise<CorrectionOutcome | 'again'> => {
  try {
    for (const finding of correction.findings)
      if (!isSame(finding, await lookAgain(ctx, finding, correction.tenantId)))
        return { outcome: 'moved', detail: `${finding.tag} of ${finding.subject} is not as the plan saw it` };
    return await carryOut(ctx, correction);
  } catch (error) {
    if (error instanceof MaterialFault || error instanceof Unobserved) return failed(error.message);
    if (!(error instanceof PortFault)) throw error;
    if (error.class === 'refused') return failed(error.message);
    const patienceMs = ctx.settings.stepPatienceMinutes * 60_000;
    ctx.observe.trouble('drift correction', error);
    return ctx.now().getTime() - correction.begunAt.getTime() < patienceMs ? 'again' : failed(error.message);
  }
};

const carryOut = async (ctx: WorkContext, correction: WaitingCorrection): Promise<CorrectionOutcome> => {
  const { kind, tenantId, eId } = correction;
  if (kind === 'retireServer') return retireServer(ctx, correction);
  const c = tenantId === null || eId === null ? null : await findConfiguration(ctx.db, tenantId, eId);
  return c === null ? failed('there is no such configuration') : correctionOf[kind](ctx, correction, c);
};
