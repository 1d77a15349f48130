/**
 * The edge of every HTTP service of the sandbox: reads the request, counts it, lets a fault happen around the room's handler, answers.
 *
 * Guarantee: with `timeout-before`, `status` and `throttle` the handler did not run; with `timeout-after` and `cut` it ran and the caller
 * never learns. A handler that throws answers 500 in the vendor's shape and is reported on standard error; the process goes on.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOn } from './listenOn.ts';
import { logFault } from './log.ts';
import type { FaultSpec, ServiceName, World } from './world.ts';

export type RimRequest = {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

export type RimAnswer = { status: number; headers?: Readonly<Record<string, string>>; body: string | Buffer };

/** What a room implements to be served over HTTP. */
export interface HttpRoom {
  readonly service: ServiceName;
  /** A longer body is answered with `tooLarge` and not read. */
  readonly bodyLimitBytes: number;
  /** The name under which the call is counted and faults are found; null: counted nowhere, met by no fault. */
  operationOf(request: RimRequest): string | null;
  /** The server a fault with `server` is for; undefined when the call belongs to none. */
  serverOf?(request: RimRequest): number | undefined;
  handle(request: RimRequest): RimAnswer | Promise<RimAnswer>;
  /** The room that a request to this port is for, when it is another one; it counts the call and meets the faults. */
  delegate?(request: RimRequest): HttpRoom | null;
  /** The vendor's answer to a `status` or `throttle` fault. */
  faultAnswer(fault: FaultSpec, operation: string, request: RimRequest): RimAnswer;
  /** The vendor's answer when a handler threw. */
  crashAnswer(): RimAnswer;
  tooLarge(): RimAnswer;
}

export type HttpRim = { host: string; port: number; url: string; close(): Promise<void> };

/** Long, so that a client's pooled connection is not closed under it between two calls. */
const keepAliveMs = 120_000;
/** A `slow` fault without `delayMs`. */
const slowDefaultMs = 1000;

/** A request line may hold anything; what is no path asks for a place that is not there. */
export function urlOf(target: string | undefined): URL {
  const path = target ?? '/';
  return URL.canParse(path, 'http://sandbox') ? new URL(path, 'http://sandbox') : new URL('http://sandbox/%00');
}

async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    // Read on and forget, rather than close: a client that is still sending would see a cut and not the answer.
    if (sizeBytes <= limitBytes) chunks.push(chunk);
  }
  return sizeBytes > limitBytes ? null : Buffer.concat(chunks);
}

function send(response: ServerResponse, answer: RimAnswer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

async function handled(room: HttpRoom, request: RimRequest): Promise<RimAnswer> {
  try {
    return await room.handle(request);
  } catch (cause) {
    logFault(`${room.service}: ${request.method} ${request.path} failed`, cause);
    return room.crashAnswer();
  }
}

/**
 * Until the delay is over, or the caller has gone: what it sent is with its provider, who finishes it. Then at the latest, since delays are process time: a
 * caller whose domain time is moved on by minutes meanwhile would see a call end long after any provider's does.
 */
const slowed = (response: ServerResponse, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });

type Met = { fault: FaultSpec; operation: string; response: ServerResponse };

/** What is to be sent; `silence` and `cut`: nothing is. */
async function underFault(
  room: HttpRoom,
  request: RimRequest,
  { fault, operation, response }: Met,
): Promise<RimAnswer | 'silence' | 'cut'> {
  switch (fault.kind) {
    case 'timeout-before':
      return 'silence';
    case 'timeout-after':
      await handled(room, request);
      return 'silence';
    case 'cut':
      await handled(room, request);
      return 'cut';
    case 'slow':
      await slowed(response, fault.delayMs ?? slowDefaultMs);
      return handled(room, request);
    case 'status':
    case 'throttle':
      return room.faultAnswer(fault, operation, request);
    default:
      return handled(room, request);
  }
}

async function serveOne(world: World, door: HttpRoom, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(incoming.url);
  const body = await readBody(incoming, door.bodyLimitBytes);
  if (body === null) return send(response, door.tooLarge());
  const request: RimRequest = {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body,
  };
  const room = door.delegate?.(request) ?? door;
  const operation = room.operationOf(request);
  if (operation === null) return send(response, await handled(room, request));
  const ended = world.calls.count(room.service, operation, `${request.method} ${request.path}`);
  const fault = world.faults.take(room.service, operation, room.serverOf?.(request));
  const answer = fault === null ? await handled(room, request) : await underFault(room, request, { fault, operation, response });
  if (answer === 'silence' || answer === 'cut') {
    ended({ status: null, fault: fault?.kind ?? null });
    if (answer === 'cut') response.destroy();
    return;
  }
  ended({ status: answer.status, code: codeOf(answer), fault: fault?.kind ?? null });
  send(response, answer);
}

/** Where the vendors say what went wrong: a header of Postmark's, a member of JSON 1.1, an element of XML. */
const codesIn = [/"__type"\s*:\s*"(?:[^"]*#)?(\w+)"/, /<Code>(\w+)<\/Code>/];

function codeOf({ status, headers, body }: RimAnswer): string | null {
  if (status < 400) return null;
  const text = body.toString().slice(0, 2000);
  return headers?.['X-PM-ApiErrorCode'] ?? codesIn.map((pattern) => pattern.exec(text)?.[1]).find((code) => code !== undefined) ?? null;
}

/** Serves a room on loopback; port 0 takes a free one. */
export async function serveHttp(world: World, room: HttpRoom, at: { host: string; port: number }): Promise<HttpRim> {
  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0 }, (incoming, response) => {
    serveOne(world, room, incoming, response).catch((cause) => {
      // A client that went away in the middle of its body is no fault of ours.
      if (!incoming.destroyed && !response.destroyed) logFault(`${room.service}: request failed`, cause);
      response.destroy();
    });
  });
  const port = await listenOn(server, at);
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host: at.host, port, url: `http://${at.host}:${port}`, close };
}
