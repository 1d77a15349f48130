/** One span for each request of the API, by its route's pattern; what the request leads to is part of its trace. */
import type { FastifyInstance } from 'fastify';
import type { HttpDeps, Span } from '../deps.ts';

declare module 'fastify' {
  interface FastifyRequest {
    span: Span | null;
  }
}

export const decorateSpan = (app: FastifyInstance): void => {
  app.decorateRequest('span', null);
};

/** Without a tracer no hook is installed: accepts come by the thousand a second. */
export const traceRequests = (app: FastifyInstance, { tracer }: Pick<HttpDeps, 'tracer'>): void => {
  if (tracer === null) return;
  app.addHook('onRequest', (request, _reply, done) => {
    const { traceparent } = request.headers;
    const route = request.routeOptions.url ?? 'unmatched';
    const parent = typeof traceparent === 'string' ? traceparent : null;
    const facts = { 'http.request.method': request.method, 'http.route': route, 'postroute.request_id': request.id };
    request.span = tracer.begin({ name: `${request.method} ${route}`, kind: 'server', parent }, facts);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode } = reply;
    request.span?.end({ 'http.response.status_code': statusCode }, statusCode >= 500 ? String(statusCode) : null);
    done();
  });
};
