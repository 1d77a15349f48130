/** Idempotency-Key of one request. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../core/errors.ts';
import { idempotencyKeyPattern, idempotencyKeyRule } from './schemas/jobRequest.ts';

const pointer = '/headers/idempotency-key';

/** Null when none was sent. One that is empty is a caller's mistake, not a wish to do without. */
export const optionalIdempotencyKeyOf = (request: FastifyRequest): string | null =>
  request.headers['idempotency-key'] === undefined ? null : idempotencyKeyOf(request);

export const idempotencyKeyOf = (request: FastifyRequest): string => {
  const key = request.headers['idempotency-key'];
  if (key === undefined || key === '') {
    throw new Problem('missing_idempotency_key', 'Idempotency-Key is missing', { errors: [{ pointer, detail: idempotencyKeyRule }] });
  }
  if (typeof key !== 'string' || !idempotencyKeyPattern.test(key)) {
    throw new Problem('invalid_request', 'the request is not valid: see errors', { errors: [{ pointer, detail: idempotencyKeyRule }] });
  }
  return key;
};
