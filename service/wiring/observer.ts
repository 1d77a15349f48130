/** What work tells of itself, as metrics and as the log lines of the telemetry families. */
import { configurationEvents } from '../watch/configurationEvents.ts';
import { driftEvents } from '../watch/driftEvents.ts';
import { tell } from '../watch/logEvent.ts';
import type { Logger } from '../watch/logger.ts';
import { materialRegistryEvents } from '../watch/materialRegistryEvents.ts';
import type { Metrics } from '../watch/metrics.ts';
import { processEvents } from '../watch/processEvents.ts';
import { sendEvents } from '../watch/sendEvents.ts';
import { webhookEvents } from '../watch/webhookEvents.ts';
import type { Observer } from '../work/observer.ts';

/** Of the recipient alone, or none at all: not worth a line each. */
const quietOutcomes: ReadonlySet<string> = new Set(['accepted', 'recipient']);

export const observer = (metrics: Metrics, logger: Logger): Observer => ({
  transition({ from, to, event, eId, requestId }) {
    metrics.configuration.transitions.inc({ from: from ?? 'none', to });
    tell(logger, configurationEvents.transition, { from, to, cause: event, eId, requestId });
  },
  stepFailed(step, code) {
    metrics.configuration.provisioningFailures.inc({ step });
    tell(logger, configurationEvents.stepFailed, { step, code });
  },
  verificationEnded: (outcome, afterSeconds) => metrics.configuration.verificationDuration.observe({ outcome }, afterSeconds),
  accepted: (count) => metrics.send.accepted.inc(count),
  replayed: (count) => metrics.send.replayed.inc(count),
  rejected: (reason) => metrics.send.rejected.inc({ reason }),
  attempts(outcome, count) {
    metrics.send.attempts.inc({ outcome }, count);
    if (outcome === 'configuration') metrics.send.configurationFailures.inc(count);
    if (!quietOutcomes.has(outcome)) tell(logger, sendEvents.attemptsFailed, { outcome, count });
  },
  sendDuration: (seconds) => metrics.send.duration.observe(seconds),
  searchLag: (seconds) => metrics.send.searchLag.observe(seconds),
  deadLettered(count) {
    if (count === 0) return;
    metrics.send.deadLetters.inc(count);
    tell(logger, sendEvents.deadLetter, { count });
  },
  webhookReceived: (type) => metrics.webhook.received.inc({ type }),
  webhookRejected(reason) {
    metrics.webhook.rejected.inc({ reason });
    tell(logger, webhookEvents.rejected, { reason });
  },
  webhookDuplicate: () => metrics.webhook.duplicates.inc(),
  projected: (status) => metrics.webhook.projections.inc({ status }),
  inconsistent() {
    metrics.webhook.inconsistent.inc();
    tell(logger, webhookEvents.inconsistent, {});
  },
  unmatched: () => metrics.webhook.unmatched.inc(),
  suppressionsSwept(change, count) {
    metrics.webhook.suppressionsSwept.inc({ change }, count);
    tell(logger, webhookEvents.suppressionsSwept, { change, count });
  },
  driftOpened(tag) {
    metrics.drift.findings.inc({ tag });
    tell(logger, driftEvents.opened, { tag });
  },
  driftCorrected(kind, outcome) {
    metrics.drift.corrections.inc({ kind, outcome });
    tell(logger, driftEvents.corrected, { kind, outcome });
  },
  driftAsserted({ name, outcome, findings, opened, resolved, skipped, foreign, listCalls, reason }, seconds) {
    metrics.drift.runDuration.observe({ assertion: name }, seconds);
    metrics.drift.skipped.inc({ assertion: name }, skipped);
    if (foreign !== null) metrics.drift.foreign.set(foreign);
    const said = { assertion: name, outcome, findings, opened, resolved, skipped, foreign, listCalls, reason };
    tell(logger, outcome === 'completed' ? driftEvents.completed : driftEvents.notCompleted, said);
  },
  rotated(rotation, done, trouble) {
    metrics.materialRegistry.rotated.inc({ rotation, outcome: 'done' }, done);
    metrics.materialRegistry.rotated.inc({ rotation, outcome: 'trouble' }, trouble);
  },
  rotationEnded: (rotation, left) =>
    tell(logger, left === 0 ? materialRegistryEvents.rotationDone : materialRegistryEvents.rotationStuck, { rotation, left }),
  serverTokenReplaced(eId, why) {
    metrics.materialRegistry.serverTokensReplaced.inc({ reason: why });
    tell(logger, materialRegistryEvents.serverTokenReplaced, { eId, why });
  },
  trouble: (where, error) => tell(logger, processEvents.trouble, { where }, error),
});
