/** /metrics on a port of its own, for platforms whose scrapers must not reach the API. */
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { HttpDeps } from './deps.ts';
import { answerProblems } from './plugins/problem.ts';
import { answerWithRequestId, requestIdOf } from './plugins/requestId.ts';
import { compileSerializer } from './plugins/serialization.ts';
import { compileValidator } from './plugins/validation.ts';
import { metricsRoutes } from './routes/metrics.ts';
import type { ZodApp } from './zodApp.ts';

export const createMetricsApp = (deps: Pick<HttpDeps, 'metricsText' | 'logger' | 'observeFault'>): FastifyInstance => {
  const app: ZodApp = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    exposeHeadRoutes: false,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(compileSerializer);
  answerWithRequestId(app);
  answerProblems(app, deps);
  metricsRoutes(app, deps);
  return app;
};
