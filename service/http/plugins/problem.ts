/**
 * The one place that writes an error body (RFC 9457).
 *
 * Guarantee: every refusal has a code of the closed list and the request's id; a fault of ours says nothing but that id.
 * Mechanism: handlers throw `Problem`; what Fastify, the validator or the database throws is translated here; anything else is `internal`, and told
 * under that id.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, type ProblemCode, problems } from '../../core/errors.ts';
import { MaterialFault } from '../../core/material/materialFault.ts';
import type { HttpDeps } from '../deps.ts';
import { type ProblemBody, problemMediaType } from '../schemas/problem.ts';
import { databaseUnreachable } from './databaseUnreachable.ts';
import { requestIdHeader } from './requestId.ts';
import { ValidationFault } from './validation.ts';

/** A restart of the database or of this process takes about this long. */
const retryAfterSecondsDefault = 2;

export const problemBody = (problem: Problem, requestId: string): ProblemBody => {
  const { status, title } = problems[problem.code];
  const { errors, waitingOn, allowedSignals, retryAfterSeconds } = problem.extra;
  return {
    type: `/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId,
    ...(errors === undefined ? {} : { errors }),
    ...(waitingOn === undefined ? {} : { waitingOn }),
    ...(allowedSignals === undefined ? {} : { allowedSignals: [...allowedSignals] }),
    ...(status === 503 || retryAfterSeconds !== undefined ? { retryAfterSeconds: retryAfterSeconds ?? retryAfterSecondsDefault } : {}),
  };
};

const invalid = (pointer: string, detail: string, cause: unknown): Problem =>
  new Problem('invalid_request', 'the request is not valid: see errors', { errors: [{ pointer, detail }] }, cause);

const fromFastify = (error: FastifyError): Problem | null => {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem(
        'unsupported_media_type',
        'the body must be JSON',
        { errors: [{ pointer: '/headers/content-type', detail: 'must be application/json' }] },
        error,
      );
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(
        'message_too_large',
        'the body is larger than this route takes',
        { errors: [{ pointer: '', detail: 'send a smaller body' }] },
        error,
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalid('/headers/content-length', 'does not match the body', error);
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('not_found', 'no route has this path', {}, error);
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? invalid('', 'the body could not be read as JSON', error)
        : null;
  }
};

export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (error instanceof ValidationFault) {
    // What a path cannot name does not exist.
    if (error.validationContext === 'params') return new Problem('not_found', 'no such thing, or not yours', {}, error);
    return new Problem('invalid_request', 'the request is not valid: see errors', { errors: [...error.faults] }, error);
  }
  if (databaseUnreachable(error)) return new Problem('unavailable', 'the database does not answer now', {}, error);
  if (error instanceof MaterialFault && error.code === 'registry_not_loaded')
    return new Problem('unavailable', 'no key is loaded to seal secrets with; see GET /readyz', {}, error);
  const known = error instanceof Error ? fromFastify(error as FastifyError) : null;
  return known ?? new Problem('internal', 'an unexpected fault; requestId names it in the logs', {}, error);
};

const retryable: ReadonlySet<ProblemCode> = new Set(['rate_limited', 'unavailable', 'retry_later']);

export const sendProblem = (problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const body = problemBody(problem, request.id);
  reply.removeHeader('location').header(requestIdHeader, request.id);
  if (problem.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="postroute"');
  if (retryable.has(problem.code) && body.retryAfterSeconds !== undefined) reply.header('retry-after', body.retryAfterSeconds);
  // As text: a body that is already written cannot fail its own schema.
  return reply.code(problem.status).type(problemMediaType).send(JSON.stringify(body));
};

export const answerProblems = (app: FastifyInstance, { observeFault }: Pick<HttpDeps, 'observeFault'>): void => {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) {
      const { method, id: requestId, routeOptions } = request;
      observeFault({ method, route: routeOptions.url ?? 'unmatched', code: problem.code, requestId, error: problem.cause ?? problem });
    }
    return sendProblem(problem, request, reply);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(new Problem('not_found', 'no route has this path and method; /docs shows all that there are'), request, reply),
  );
};
