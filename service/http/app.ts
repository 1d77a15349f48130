/**
 * The HTTP door: translates requests into verbs and outcomes into replies, and decides nothing.
 *
 * Guarantee: what reaches a verb has been authenticated, belongs to one tenant and fits its schema; every answer has a request id; every refusal is a
 * problem of the closed list; a reply that does not fit its own schema becomes a 500 and leaks nothing.
 * A crash loses nothing: answers leave after the commit they speak of.
 */
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { basePath } from './basePath.ts';
import type { HttpDeps } from './deps.ts';
import { decorateAccess } from './plugins/access.ts';
import { authenticate } from './plugins/authentication.ts';
import { resolveAuthor } from './plugins/author.ts';
import { answerClientError } from './plugins/clientError.ts';
import { refuseWhileClosing } from './plugins/closing.ts';
import { bodyBytesDefault, takeJson } from './plugins/jsonBody.ts';
import { publishOpenapi } from './plugins/openapi.ts';
import { answerProblems, problemOf, sendProblem } from './plugins/problem.ts';
import { answerWithRequestId, requestIdOf } from './plugins/requestId.ts';
import { observeRequests } from './plugins/requestMetrics.ts';
import { switchRoutes } from './plugins/routeSwitch.ts';
import { compileSerializer } from './plugins/serialization.ts';
import { resolveTenant } from './plugins/tenant.ts';
import { tenantRate } from './plugins/tenantRate.ts';
import { decorateSpan, traceRequests } from './plugins/tracing.ts';
import { compileValidator } from './plugins/validation.ts';
import { configurationRoutes } from './routes/configuration.ts';
import { configurationInsightRoutes } from './routes/configurationInsight.ts';
import { configurationSignalRoutes } from './routes/configurationSignal.ts';
import { driftRoutes } from './routes/drift.ts';
import { driftPlanRoutes } from './routes/driftPlan.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/job.ts';
import { jobActionRoutes } from './routes/jobActions.ts';
import { jobBatchRoutes } from './routes/jobBatch.ts';
import { jobReadRoutes } from './routes/jobReads.ts';
import { materialRoutes } from './routes/material.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { postmarkEventRoutes } from './routes/postmarkEvents.ts';
import { referenceRoutes } from './routes/reference.ts';
import { suppressionRoutes } from './routes/suppression.ts';
import { tenantKeyRoutes } from './routes/tenantKey.ts';
import { webhookCredentialRoutes } from './routes/webhookCredential.ts';
import type { ZodApp } from './zodApp.ts';

type Routes = (app: ZodApp, deps: HttpDeps) => void;
/** Routes that are switched on and off together. */
type Scope = { enabled: boolean; routes: Routes[] };

/** For a whole request to arrive: the largest batch over a slow line. Without it a peer that dribbles holds a connection for ever. */
const requestTimeoutMs = 120_000;

const noQuery = z.strictObject({});

const bareApp = (deps: HttpDeps): ZodApp =>
  Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    // Nothing here logs by itself: what is told of a request goes through `deps`, which names its id.
    childLoggerFactory: (logger) => logger,
    bodyLimit: bodyBytesDefault,
    requestTimeout: requestTimeoutMs,
    // Ours is `refuseWhileClosing`, which answers as everything else does.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => {
      sendProblem(problemOf(error), request, reply);
    },
    clientErrorHandler: answerClientError,
  }).withTypeProvider<ZodTypeProvider>();

const guardedScopes = ({ settings }: HttpDeps): Scope[] => [
  { enabled: settings.routes.configuration, routes: [configurationRoutes, configurationInsightRoutes, configurationSignalRoutes] },
  { enabled: settings.routes.job, routes: [jobRoutes, jobBatchRoutes, jobReadRoutes, jobActionRoutes] },
  { enabled: true, routes: [suppressionRoutes, tenantKeyRoutes, materialRoutes, webhookCredentialRoutes, driftRoutes, driftPlanRoutes] },
];

export const createApp = (deps: HttpDeps): FastifyInstance => {
  const app = bareApp(deps);
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(compileSerializer);
  decorateAccess(app);
  decorateSpan(app);
  takeJson(app);
  answerWithRequestId(app);
  observeRequests(app, deps);
  refuseWhileClosing(app, deps.isDraining);
  answerProblems(app, deps);
  publishOpenapi(app, deps.settings.version);

  const limitTenants = tenantRate(deps.settings.tenantRate, deps.monotonicMs);
  for (const { enabled, routes } of guardedScopes(deps)) {
    app.register(
      async (scope: ZodApp) => {
        // In this order: what a key may do is looked at before what is asked, and before a body is read.
        traceRequests(scope, deps);
        switchRoutes(scope, enabled);
        authenticate(scope, deps);
        limitTenants(scope);
        resolveTenant(scope);
        resolveAuthor(scope);
        // A route that takes no query refuses one, as any other field that is not known: a misspelt filter must not look as if it had been applied.
        scope.addHook('onRoute', (route) => {
          route.schema = { querystring: noQuery, ...route.schema };
        });
        for (const add of routes) add(scope, deps);
      },
      { prefix: basePath },
    );
  }
  app.register(
    async (scope: ZodApp) => {
      traceRequests(scope, deps);
      switchRoutes(scope, deps.settings.routes.postmarkEvents);
      postmarkEventRoutes(scope, deps);
    },
    { prefix: basePath },
  );
  app.register(async (scope: ZodApp) => {
    healthRoutes(scope, deps);
    if (deps.settings.metricsRoute) metricsRoutes(scope, deps);
    referenceRoutes(scope);
  });
  return app;
};
