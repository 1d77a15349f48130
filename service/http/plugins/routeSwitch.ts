/** Routes that a setting switches off answer that they are off, to everybody, before anything else is looked at. */
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/errors.ts';

export const switchRoutes = (app: FastifyInstance, enabled: boolean): void => {
  if (enabled) return;
  app.addHook('onRequest', (_request, _reply, done) => done(new Problem('route_disabled', 'a setting has switched this route off')));
};
