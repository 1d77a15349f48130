/** What is not HTTP never becomes a request; it gets the same kind of answer, and the connection ends. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Problem } from '../../core/errors.ts';
import { problemMediaType } from '../schemas/problem.ts';
import { problemBody } from './problem.ts';
import { requestIdHeader } from './requestId.ts';

export const answerClientError = (error: Error & { code?: string }, socket: Socket): void => {
  // The peer has gone: there is nobody to answer.
  if (error.code === 'ECONNRESET' || !socket.writable) {
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
