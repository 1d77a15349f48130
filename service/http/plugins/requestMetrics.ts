/** One observation and one log line per answer, by the route's pattern: a path holds ids and, for callbacks, a secret. */
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';

export const observeRequests = (app: FastifyInstance, { observeRequest }: Pick<HttpDeps, 'observeRequest'>): void => {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const served = { method: request.method, route, status: reply.statusCode, durationMs: reply.elapsedTime };
    observeRequest(served);
    // Accepts come by the thousand a second: their counters say enough. What was refused is worth a line.
    request.log[served.status < 400 ? 'debug' : 'info'](served, 'answered');
    done();
  });
};
