/** X-Author: in whose name a write is done; history keeps it. A tenant key's own name stands in when its caller gives none. */
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/errors.ts';
import { isWrite, keyHolderOf } from './access.ts';

export const authorHeader = 'x-author';
const visible = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,128}$/u;

/** Node hands header bytes over one by one; senders of names beyond ASCII mean UTF-8. */
const decoded = (value: string): string => {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
};

export const resolveAuthor = (app: FastifyInstance): void => {
  app.addHook('onRequest', async (request) => {
    if (!isWrite(request.method)) return;
    const holder = keyHolderOf(request);
    const named = request.headers[authorHeader];
    if (named === undefined || named === '') {
      if (holder.kind === 'operator') throw new Problem('missing_author', 'X-Author is missing');
      request.author = holder.keyName;
      return;
    }
    const author = typeof named === 'string' ? decoded(named) : '';
    if (!visible.test(author)) {
      const detail = 'must be 1 to 128 visible characters';
      throw new Problem('invalid_request', 'the request is not valid: see errors', { errors: [{ pointer: '/headers/x-author', detail }] });
    }
    request.author = author;
  });
};
