/** What is not HTTP never becomes a request; it gets the same kind of answer, and the connection ends. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Problem } from '../../core/errors.ts';
import { problemMediaType } from '../schemas/problem.ts';
import { problemBody } from './problem.ts';
import { requestIdHeader } from './requestId.ts';

export const answerClientError = (error: Error & { code?: string }, socket: Socket): void => {
  // The peer has gone, or was too slow: a 4xx would tell Postmark to drop what it was about to say, a cut tells it to come again.
  if (error.code === 'ECONNRESET' || error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const detail = tooLong ? 'the headers are too long' : 'this is not HTTP/1.1';
  const pointer = tooLong ? '/headers' : '';
  const problem = new Problem('invalid_request', 'the request is not valid: see errors', { errors: [{ pointer, detail }] });
  const body = JSON.stringify(problemBody(problem, requestId));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `${requestIdHeader}: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};
