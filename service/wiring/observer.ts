/** What work tells of itself, as metrics and as the log lines of the telemetry families. */
import type { Logger } from '../watch/logger.ts';
import type { Metrics } from '../watch/metrics.ts';
import type { Observer } from '../work/observer.ts';

export const observer = (metrics: Metrics, logger: Logger): Observer => ({
  transition({ from, to, event, eId, requestId }) {
    metrics.configuration.transitions.inc({ from: from ?? 'none', to });
    logger.info(
      { event: 'email.configuration.lifecycle.transition', from, to, cause: event, eId, requestId },
      `${from ?? 'none'} → ${to} (${event})`,
    );
  },
  stepFailed(step, code) {
    metrics.configuration.provisioningFailures.inc({ step });
    logger.warn({ event: 'email.configuration.lifecycle.step_failed', step, code }, `provisioning failed at ${step}: ${code}`);
  },
  verified: (afterSeconds) => metrics.configuration.verificationDuration.observe({ outcome: 'verified' }, afterSeconds),
  accepted: (count) => metrics.send.accepted.inc(count),
  rejected: (reason) => metrics.send.rejected.inc({ reason }),
  attempts(outcome, count) {
    metrics.send.attempts.inc({ outcome }, count);
    if (outcome === 'configuration') metrics.send.configurationFailures.inc(count);
  },
  sendDuration: (seconds) => metrics.send.duration.observe(seconds),
  deadLettered(count) {
    if (count === 0) return;
    metrics.send.deadLetters.inc(count);
    logger.warn({ event: 'email.send.dead_letter', count }, `${count} message(s) came to the end of the ladder`);
  },
  webhookReceived: (type) => metrics.webhook.received.inc({ type }),
  webhookRejected(reason) {
    metrics.webhook.rejected.inc({ reason });
    logger.warn({ event: 'email.webhook.rejected', reason }, `a callback was rejected: ${reason}`);
  },
  webhookDuplicate: () => metrics.webhook.duplicates.inc(),
  projected: (status) => metrics.webhook.projections.inc({ status }),
  inconsistent() {
    metrics.webhook.inconsistent.inc();
    logger.warn({ event: 'email.webhook.inconsistent' }, 'the events of a job contradict each other; it waits for triage');
  },
  unmatched: () => metrics.webhook.unmatched.inc(),
  suppressionsSwept(change, count) {
    metrics.webhook.suppressionsSwept.inc({ change }, count);
    logger.warn(
      { event: 'email.webhook.suppressions_swept', change, count },
      `${count} suppression(s) ${change}: a callback or a call was lost`,
    );
  },
  driftOpened(tag) {
    metrics.drift.findings.inc({ tag });
    logger.warn({ event: 'email.drift.finding', tag }, `drift: ${tag} opened`);
  },
  driftAsserted({ name, outcome, findings, opened, resolved, skipped, foreign, listCalls, reason }, seconds) {
    metrics.drift.runDuration.observe({ assertion: name }, seconds);
    metrics.drift.skipped.inc({ assertion: name }, skipped);
    if (foreign !== null) metrics.drift.foreign.set(foreign);
    const line = { event: 'email.drift.run', assertion: name, outcome, findings, opened, resolved, skipped, foreign, listCalls, reason };
    logger[outcome === 'completed' ? 'info' : 'warn'](line, `drift.${name} ${outcome}: ${findings} finding(s), ${skipped} not judged`);
  },
  trouble: (where, error) => logger.error({ err: error, where }, `${where} failed; it is tried again`),
});
