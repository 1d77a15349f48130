/** The material registry as this process sees it: versions and how many rows name each, never a key. */
import type { HttpDeps } from '../deps.ts';
import { material } from '../schemas/operations.ts';
import { readProblems, replies } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

export const materialRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.get(
    '/material',
    {
      config: { access: 'operator' },
      schema: {
        tags: ['material'],
        summary: 'Key versions and the rows sealed under each',
        response: replies({ 200: material }, readProblems),
      },
    },
    () => deps.material(),
  );
};
