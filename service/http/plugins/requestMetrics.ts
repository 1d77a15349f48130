/** One observation per answer. */
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';

export const observeRequests = (app: FastifyInstance, { observeRequest }: Pick<HttpDeps, 'observeRequest'>): void => {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    observeRequest({ method: request.method, route, status: reply.statusCode, durationMs: reply.elapsedTime, requestId: request.id });
    done();
  });
};
