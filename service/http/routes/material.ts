/** The material registry: versions and how many rows name each, never a key; and sealing everything anew under the current version. */
import type { HttpDeps } from '../deps.ts';
import { callerOf } from '../plugins/access.ts';
import { emptyBody } from '../schemas/job.ts';
import { material, reEncryption } from '../schemas/material.ts';
import { readProblems, replies, writeProblems } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['material'];
const config = { access: 'operator' } as const;

export const materialRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.get(
    '/material',
    {
      config,
      schema: { tags, summary: 'Key versions and the rows sealed under each', response: replies({ 200: material }, readProblems) },
    },
    () => deps.material(),
  );

  app.post(
    '/material/refresh',
    {
      config,
      schema: {
        tags,
        summary: 'Every process reads the registry and its secrets again, now; what cannot be read keeps its last good value',
        description: 'Answers when each live process has done so, and after three seconds with whatever is true: see processes[].upToDate.',
        body: emptyBody,
        response: replies({ 200: material }, writeProblems),
      },
    },
    (request) => deps.refreshMaterial(callerOf(request)),
  );

  app.post(
    '/material/re-encrypt',
    {
      config,
      schema: {
        tags,
        summary: 'Seal every secret under the current key version; joins a run that is under way',
        body: emptyBody,
        response: replies({ 202: reEncryption }, writeProblems),
      },
    },
    async (request, reply) => reply.status(202).send(await deps.startReEncryption(callerOf(request))),
  );

  app.get(
    '/material/re-encrypt',
    { config, schema: { tags, summary: 'How far it is, and what is left', response: replies({ 200: reEncryption }, readProblems) } },
    () => deps.reEncryption(),
  );
};
