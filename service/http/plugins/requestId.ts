/** The id that runs through logs, problems, history and outgoing mail: the caller's when it is sound, else a new one. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';

export const requestIdHeader = 'x-request-id';
const sound = /^[A-Za-z0-9._-]{1,64}$/;

export const requestIdOf = (request: { headers: IncomingHttpHeaders }): string => {
  const given = request.headers[requestIdHeader];
  return typeof given === 'string' && sound.test(given) ? given : randomUUID();
};

/** On every answer, also on those that a later hook refuses. */
export const answerWithRequestId = (app: FastifyInstance): void => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
};
