/**
 * Takes whatever a callback's body is, of any type and size: a 4xx would make Postmark drop the event for ever, and it never learns from one. What is
 * beyond the limit is read and thrown away; the rest is kept as a malformed event, which a person can look into.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** An event is a few kilobytes; a bounce whose content was included stays below this. */
export const callbackBytesMax = 1024 * 1024;
/** A sender that goes on beyond this is not Postmark: the connection is cut, which even Postmark would answer with another try. */
const drainedBytesMax = 32 * callbackBytesMax;

const readHead = async (payload: FastifyRequest['raw']): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let seen = 0;
  for await (const part of payload) {
    const chunk = Buffer.isBuffer(part) ? part : Buffer.from(part);
    const room = callbackBytesMax - seen;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    seen += chunk.length;
    if (seen > drainedBytesMax) payload.destroy();
  }
  return Buffer.concat(chunks);
};

export const takeCallbackBody = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  // A media type that is none would be refused before any parser is asked.
  app.addHook('onRequest', (request, _reply, done) => {
    request.headers['content-type'] = 'application/octet-stream';
    done();
  });
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: FastifyRequest['raw']) => readHead(payload));
};
