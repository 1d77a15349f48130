/** JSON and nothing else: UTF-8 that decodes, no prototype poisoning. An empty body is no body; the route's schema says whether it may be. */
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/errors.ts';

/** Enough for everything but messages; job routes set their own. */
export const bodyBytesDefault = 64 * 1024;

const unreadable = (detail: string, cause?: unknown): Problem =>
  new Problem('invalid_request', 'the request is not valid: see errors', { errors: [{ pointer: '', detail }] }, cause);

export const takeJson = (app: FastifyInstance): void => {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    if (!isUtf8(body)) return done(unreadable('the body is not UTF-8'), undefined);
    // A byte order mark is legal to ignore (RFC 8259) and common from one platform.
    const text = body.toString('utf8');
    parseJson(request, text.startsWith('\uFEFF') ? text.slice(1) : text, (error, value) =>
      error === null ? done(null, value) : done(unreadable('the body is not JSON', error), undefined),
    );
  });
};
