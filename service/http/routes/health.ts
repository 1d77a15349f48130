/** For the platform: is the process alive, and may it be given work. */
import type { HttpDeps } from '../deps.ts';
import { alive, readiness } from '../schemas/operations.ts';
import { replies } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['process'];

export const healthRoutes = (app: ZodApp, deps: HttpDeps): void => {
  // Nothing but the event loop: a restart mends no database.
  app.get('/livez', { schema: { tags, summary: 'Is the process alive', response: replies({ 200: alive }) } }, () => ({
    status: 'ok' as const,
  }));

  app.get(
    '/readyz',
    {
      schema: {
        tags,
        summary: 'May it be given work; names the failing check',
        response: replies({ 200: readiness, 503: readiness }),
      },
    },
    async (_request, reply) => {
      const status = await deps.readiness();
      return reply.code(status.ready ? 200 : 503).send(status);
    },
  );
};
