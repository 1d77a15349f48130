/** The settings that work reads, in its own flat words. */
import type { Settings } from '../../config/schema.ts';
import { batchBytesMax } from '../work/splitByBytes.ts';
import type { WorkSettings } from '../work/workContext.ts';

export const workSettings = (s: Settings): WorkSettings => ({
  partition: s.partition,
  zoneId: s.mailZone.id,
  mailZoneName: s.mailZone.name,
  webhookPublicUrl: s.webhook.publicUrl,
  pollingIntervalSeconds: s.verification.pollingIntervalSeconds,
  pollingTimeoutHours: s.verification.pollingTimeoutHours,
  stepPatienceMinutes: s.provisioning.stepPatienceMinutes,
  unwindAlertMinutes: s.provisioning.unwindAlertMinutes,
  failureThreshold: s.sending.failureThreshold,
  retryLadderSeconds: s.sending.retryLadderSeconds,
  ambiguityGraceSeconds: s.sending.ambiguityGraceSeconds,
  batchMax: s.sending.batchMax,
  batchBytesMax,
  sendConcurrency: s.sending.concurrency,
  effectConcurrency: s.work.concurrency,
  coalesceMs: s.route53.coalesceMs,
  insyncPollMs: s.route53.insyncPollMs,
  leaseSeconds: s.work.leaseSeconds,
  checkIntervalMinutes: s.drift.checkIntervalMinutes,
});
