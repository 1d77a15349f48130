/** /metrics, on the API's port or on its own (metricsApp.ts). */
import { z } from 'zod';
import type { HttpDeps } from '../deps.ts';
import { replies } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

export const metricsRoutes = (app: ZodApp, { metricsText }: Pick<HttpDeps, 'metricsText'>): void => {
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['process'],
        summary: 'Prometheus metrics',
        response: replies({ 200: { description: 'text exposition format', content: { 'text/plain': { schema: z.string() } } } }),
      },
    },
    async (_request, reply) => {
      const { contentType, body } = await metricsText();
      return reply.header('content-type', contentType).send(body);
    },
  );
};
