/**
 * Asks the zone's writer for the DKIM and Return-Path records and waits until every name server has them: nobody may look before, or a resolver
 * keeps the absence. Idempotent: UPSERT, and an effect asks once. Who was taken for dead and wakes up asks for nothing: the records might be long withdrawn.
 */
import { recordTtlSeconds } from '../../core/configuration/names.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import { type EffectClaim, keepClaim } from '../../store/effects.ts';
import { requestZoneChanges, type ZoneChangeRequest, zoneChangeProgress } from '../../store/zoneChanges.ts';
import type { WorkContext } from '../workContext.ts';
import { stepFailed, type TaskAnswer } from './task.ts';

/** The zone's writer wakes the runner when it is done; this poll is for the writer of another process. Domain time. */
const lookAgainMs = 1000;

export const writeRecords = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  const { dkimName, dkimValue, returnPathName, returnPathValue } = c;
  if (dkimName === null || dkimValue === null || returnPathName === null || returnPathValue === null) {
    return stepFailed('writeRecords', 'no_domain', 'the configuration has no domain whose records could be written');
  }
  const progress = await zoneChangeProgress(ctx.db, c.tenantId, claim.id);
  if (progress.requested === 0) {
    await request(ctx, claim, c, [
      { id: ctx.newId(), action: 'UPSERT', name: dkimName, type: 'TXT', ttl: recordTtlSeconds, values: [dkimValue] },
      { id: ctx.newId(), action: 'UPSERT', name: returnPathName, type: 'CNAME', ttl: recordTtlSeconds, values: [returnPathValue] },
    ]);
  }
  ctx.hint('zone');
  if (progress.failedCode !== null)
    return stepFailed('writeRecords', `route53_${progress.failedCode}`.toLowerCase(), progress.failedDetail ?? progress.failedCode);
  if (progress.requested > 0 && progress.inSync === progress.requested && progress.changeId !== null) {
    // Outside of provisioning they are written again, because somebody else had changed them.
    const type = c.step === 'writeRecords' ? 'RecordsWritten' : 'RecordsRewritten';
    return { kind: 'event', event: { type, changeId: progress.changeId } };
  }
  const waitedMs = ctx.now().getTime() - claim.createdAt.getTime();
  if (waitedMs >= ctx.settings.stepPatienceMinutes * 60_000) {
    const what =
      progress.submitted === progress.requested ? 'Route 53 had not put the change in sync' : 'the change had not been submitted';
    return stepFailed('writeRecords', 'records_not_in_sync', `gave up after ${ctx.settings.stepPatienceMinutes} minutes: ${what}`);
  }
  return { kind: 'again', afterMs: lookAgainMs, note: claim.lastError };
};

const request = (ctx: WorkContext, claim: EffectClaim, c: Configuration, changes: readonly ZoneChangeRequest[]): Promise<void> =>
  ctx.db.transaction(async (db) => {
    if ((await keepClaim(db, claim)).kind === 'lost') return;
    const of = { tenantId: c.tenantId, configurationEId: c.eId, effectId: claim.id, zoneId: ctx.settings.zoneId };
    await requestZoneChanges(db, of, changes);
  });
