/** The material registry as this process sees it: versions and how many rows name each, never a key. */
import type { HttpDeps } from '../deps.ts';
import { emptyBody } from '../schemas/job.ts';
import { material } from '../schemas/operations.ts';
import { readProblems, replies, writeProblems } from '../schemas/problem.ts';
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

  app.post(
    '/material/refresh',
    {
      config: { access: 'operator' },
      schema: {
        tags: ['material'],
        summary: 'Read the registry and the operator keys again, now; what cannot be read keeps its last good value',
        body: emptyBody,
        response: replies({ 200: material }, writeProblems),
      },
    },
    () => deps.refreshMaterial(),
  );
};
