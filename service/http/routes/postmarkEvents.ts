/** Where Postmark calls back. The table of answers is the domain's (section 5): Postmark retries 5xx and drops the event for ever on any other refusal. */
import { z } from 'zod';
import { Problem } from '../../core/errors.ts';
import type { IntakeOutcome } from '../../work/outcomes.ts';
import type { HttpDeps } from '../deps.ts';
import { takeCallbackBody } from '../plugins/callbackBody.ts';
import { replies } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const refusals: { [kind in IntakeOutcome['kind']]: (() => Problem) | null } = {
  stored: null,
  duplicate: null,
  malformed: null,
  unauthenticated: () => new Problem('unauthenticated', 'the callback does not present the secrets of its webhook'),
  unknownRoute: () => new Problem('not_found', 'no webhook has this address'),
  authMismatchRetry: () => new Problem('retry_later', 'the bearer is not known here yet'),
  unavailable: () => new Problem('unavailable', 'the event could not be stored now'),
};

const single = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);

export const postmarkEventRoutes = (app: ZodApp, deps: HttpDeps): void => {
  takeCallbackBody(app);
  app.post(
    '/job/postmark-events/:routingToken',
    {
      schema: {
        tags: ['callback'],
        summary: 'Postmark reports what became of a message',
        description:
          'Authenticated by the bearer, the routing token and X-Postroute-Signature together. Takes any body; what cannot be read is kept.',
        params: z.object({ routingToken: z.string() }),
        response: replies({ 200: z.strictObject({}) }, ['unauthenticated', 'not_found', 'route_disabled', 'retry_later', 'unavailable']),
      },
    },
    async (request) => {
      const outcome = await deps.intake({
        routingToken: request.params.routingToken,
        authorization: request.headers.authorization,
        signature: single(request.headers['x-postroute-signature']),
        traceId: single(request.headers['x-pm-webhook-trace-id']),
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        requestId: request.id,
      });
      const refusal = refusals[outcome.kind];
      if (refusal !== null) throw refusal();
      return {};
    },
  );
};
