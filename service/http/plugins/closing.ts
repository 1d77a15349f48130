/** While the process stops, connections that are still open are told to go elsewhere; what was accepted before is finished. */
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/errors.ts';

export const refuseWhileClosing = (app: FastifyInstance): void => {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!closing || request.url === '/livez') return done();
    reply.header('connection', 'close');
    done(new Problem('unavailable', 'this process is stopping'));
  });
};
