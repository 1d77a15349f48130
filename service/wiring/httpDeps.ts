/** The verbs behind the routes. */
import { readFileSync } from 'node:fs';
import type { Settings } from '../../config/schema.ts';
import { secretsOf } from '../core/material/secretPair.ts';
import type { HttpDeps, HttpSettings } from '../http/deps.ts';
import { findTenantKeys } from '../store/tenantKeys.ts';
import { tell } from '../watch/logEvent.ts';
import type { Logger } from '../watch/logger.ts';
import type { Metrics } from '../watch/metrics.ts';
import { processEvents } from '../watch/processEvents.ts';
import { acceptGroups } from '../work/acceptGroups.ts';
import { createConfiguration } from '../work/createConfiguration.ts';
import { explain } from '../work/describe.ts';
import { requestDriftRun } from '../work/drift/drifter.ts';
import { acceptPlan, currentPlan } from '../work/drift/plans.ts';
import { lookUpInGroups } from '../work/inGroups.ts';
import { intake } from '../work/intake.ts';
import { intakeStatements } from '../work/intakeStatements.ts';
import { cancelJob } from '../work/jobActions.ts';
import { resendJob } from '../work/resendJob.ts';
import { sightingNotes } from '../work/sightings.ts';
import { signal } from '../work/signal.ts';
import { addSuppression, releaseSuppressedRecipient } from '../work/suppressionActions.ts';
import { triageJob } from '../work/triageJob.ts';
import { waitForJob } from '../work/waitForJob.ts';
import type { WorkContext } from '../work/workContext.ts';
import { driftEnabled } from './driftEnabled.ts';
import { sampleGauges } from './gauges.ts';
import { materialStatus, reEncryptionStatus, startReEncryption } from './material.ts';
import { readiness } from './readiness.ts';
import type { Secrets } from './secrets.ts';
import { rotateWebhooks, webhookCredentialStatus } from './webhookCredential.ts';

type Needs = {
  ctx: WorkContext;
  settings: Settings;
  secrets: Secrets;
  metrics: Metrics;
  logger: Logger;
  /** Every process reads registry and secrets again. */
  refresh: (by: string) => Promise<unknown>;
  isDraining: () => boolean;
};

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

const httpSettings = (settings: Settings): HttpSettings => ({
  mailZoneName: settings.mailZone.name,
  version,
  tenantRate:
    settings.rateLimit.tenantRequestsPerSecond === null
      ? null
      : { perSecond: settings.rateLimit.tenantRequestsPerSecond, burst: settings.rateLimit.tenantBurst },
  routes: {
    configuration: settings.routes.configuration.enabled,
    job: settings.routes.job.enabled,
    postmarkEvents: settings.routes.postmarkEvents.enabled,
  },
  drift: driftEnabled(settings),
  metricsRoute: settings.metrics.port === null,
});

export const httpDeps = ({ ctx, settings, secrets, metrics, logger, refresh, isDraining }: Needs): HttpDeps => {
  const noteSighting = sightingNotes(ctx);
  const intakeContext = { ...ctx, ...intakeStatements(ctx.db, settings.accept), noteSighting };
  const material = materialStatus(ctx);
  const suppressionContext = { ...ctx, mail: ctx.ports.mail };
  return {
    db: ctx.db,
    isDraining,
    logger,
    now: ctx.now,
    monotonicMs: () => performance.now(),
    operatorKeys: () => secretsOf(secrets.apiKeys.keys()),
    findTenantKey: lookUpInGroups((hashes) => findTenantKeys(ctx.db, hashes), settings.accept),
    previousKeyUsed: (key) => noteSighting('call', key),
    settings: httpSettings(settings),
    async metricsText() {
      await sampleGauges(ctx.db, metrics, ctx.keyring, ctx.now()).catch((error: unknown) => ctx.observe.trouble('gauges', error));
      return { contentType: metrics.contentType, body: await metrics.render() };
    },
    observeRequest(served) {
      const { method, route, status, durationMs } = served;
      metrics.http.requestDuration.observe({ method, route, status: String(status) }, durationMs / 1000);
      // Accepts come by the thousand a second: their counters say enough. What was refused is worth a line.
      tell(logger, status < 400 ? processEvents.answered : processEvents.refused, served);
    },
    tracer: settings.tracing.endpoint === undefined ? null : ctx.trace,
    observeFault: ({ error, ...faulty }) => tell(logger, processEvents.requestFailed, faulty, error),
    createConfiguration: (request, caller) => createConfiguration(ctx, request, caller),
    async signal(request, caller) {
      const outcome = await signal(ctx, request, caller);
      metrics.configuration.signals.inc({ signal: request.signal, outcome: outcome.kind });
      return outcome;
    },
    explain: (tenantId, eId, recipient) => explain(ctx, tenantId, eId, recipient),
    accept: acceptGroups(ctx, settings.accept),
    waitForJob: (tenantId, eId, timeoutMs) => waitForJob(ctx, tenantId, eId, timeoutMs),
    cancelJob: (request, caller) => cancelJob(ctx, request, caller),
    resendJob: (request, caller) => resendJob(ctx, request, caller),
    triageJob: (request, caller) => triageJob(ctx, request, caller),
    intake: (callback) => intake(intakeContext, callback),
    addSuppression: (request, caller) => addSuppression(suppressionContext, request, caller),
    releaseSuppression: (request, caller) => releaseSuppressedRecipient(suppressionContext, request, caller),
    material,
    async refreshMaterial({ author }) {
      await refresh(author);
      return material();
    },
    startReEncryption: startReEncryption(ctx),
    reEncryption: reEncryptionStatus(ctx),
    rotateWebhooks: rotateWebhooks({ ctx, secrets, refresh }),
    webhookCredential: webhookCredentialStatus({ ctx, secrets }),
    driftPlan: () => currentPlan(ctx, settings.drift.plan.tenantsMax),
    acceptDriftPlan: (planId, caller) => acceptPlan(ctx, settings.drift.plan.tenantsMax, planId, caller),
    requestDriftRun: (assertions, caller) => requestDriftRun(ctx, assertions, caller),
    readiness: readiness(ctx.db, ctx.keyring),
  };
};
