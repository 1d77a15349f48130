/** Rotation of what Postmark presents to us, and of what we present to it. */
import type { HttpDeps } from '../deps.ts';
import { callerOf } from '../plugins/access.ts';
import { emptyBody } from '../schemas/job.ts';
import { readProblems, replies, writeProblems } from '../schemas/problem.ts';
import { webhookCredential } from '../schemas/webhookCredential.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['webhook credential'];
const config = { access: 'operator' } as const;

export const webhookCredentialRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.post(
    '/webhook-credential/rotate',
    {
      config,
      schema: {
        tags,
        summary: 'Give every webhook the current operator key and signature; joins a run that is under way',
        description:
          'Every process reads its secrets again first, and no webhook is rewritten before each accepts the new ones. Also asks Postmark with the ' +
          'current account token, and looks for servers that were given another token.',
        body: emptyBody,
        response: replies({ 202: webhookCredential }, writeProblems),
      },
    },
    async (request, reply) => reply.status(202).send(await deps.rotateWebhooks(callerOf(request))),
  );

  app.get(
    '/webhook-credential',
    {
      config,
      schema: {
        tags,
        summary: 'How far the rotation is, what is left, and whether the previous secrets may go',
        response: replies({ 200: webhookCredential }, readProblems),
      },
    },
    () => deps.webhookCredential(),
  );
};
