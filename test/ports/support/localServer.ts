/** A small HTTP server for the answers that a well-behaved double does not give: cut, slow, redirected, empty. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

export type Received = { method: string; url: string; headers: IncomingMessage['headers']; body: string };
export type Answer = (response: ServerResponse, received: Received) => void;

export type LocalServer = { url: string; received: Received[]; answer: (next: Answer) => void; openConnections: () => Promise<number> };

export async function localServer(first: Answer): Promise<LocalServer> {
  let answer = first;
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const each = { method, url, headers, body: Buffer.concat(chunks).toString() };
    received.push(each);
    answer(response, each);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answer: (next) => {
      answer = next;
    },
    openConnections: () =>
      new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
  };
}

export const json =
  (status: number, body: unknown): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

/** The connection drops before any answer. */
export const cut: Answer = (response) => {
  response.destroy();
};

/** Headers and half a body, then the connection drops. */
export const cutInBody: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"ErrorCode":0,');
  setImmediate(() => response.destroy());
};

/** Headers and half a body, then nothing. */
export const stallInBody: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"ErrorCode":0,');
};

export const silence: Answer = () => undefined;

/** An address where nothing listens: a port that was just given back. */
export async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('the server had no port');
  return `http://127.0.0.1:${address.port}`;
}
