/**
 * The sandbox's own API, on a port of its own so that the vendors' surfaces stay what they are.
 * Bad input answers 400 with `{ "error" }` that names the field and the remedy; a fault of ours answers 500 and is told on standard error.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { SandboxWorld } from '../world/createWorld.ts';
import { type HttpRim, urlOf } from '../world/httpRim.ts';
import { InputError } from '../world/inputError.ts';
import { listenOn } from '../world/listenOn.ts';
import { logFault } from '../world/log.ts';
import type { Json } from '../world/world.ts';
import { watchClock } from './clockWatch.ts';
import { type Control, type ControlRoute, controlRoutes, watchPath } from './controlRoutes.ts';
import { pageAt, pagePaths } from './inboxPage.ts';
import type { Rooms } from './sandboxState.ts';

type Answer = { status: number; body: Json };

/** Control bodies are small; a larger one is a mistake. */
const bodyLimitBytes = 1_000_000;

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    if (sizeBytes <= bodyLimitBytes) chunks.push(chunk);
  }
  if (sizeBytes > bodyLimitBytes) throw new InputError(`the body is larger than ${bodyLimitBytes} bytes`);
  if (sizeBytes === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new InputError('the body is not JSON; send a JSON object');
  }
}

const pathList = (): string =>
  [
    ...Object.entries(controlRoutes).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)),
    `GET ${watchPath}`,
    ...pagePaths.map((path) => `GET ${path}`),
  ]
    .sort()
    .join(', ');

async function answerWith(route: ControlRoute, control: Control, request: IncomingMessage, url: URL): Promise<Answer> {
  try {
    const input = request.method === 'POST' ? await readJson(request) : Object.fromEntries(url.searchParams);
    return { status: 200, body: await route(control, input) };
  } catch (cause) {
    if (cause instanceof InputError) return { status: 400, body: { error: cause.message } };
    logFault(`control: ${request.method} ${url.pathname} failed`, cause);
    return { status: 500, body: { error: 'the sandbox failed; its standard error says how' } };
  }
}

async function answerTo(control: Control, request: IncomingMessage, url: URL): Promise<Answer> {
  const methods = Object.hasOwn(controlRoutes, url.pathname) ? controlRoutes[url.pathname] : undefined;
  if (methods === undefined) return { status: 404, body: { error: `there is no ${url.pathname}; there is ${pathList()}` } };
  const method = request.method ?? '';
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (route !== undefined) return answerWith(route, control, request, url);
  return { status: 405, body: { error: `${url.pathname} takes ${Object.keys(methods).join(', ')}, not ${method}` } };
}

/** A browser says which site's page is calling. Pages of other sites have no business here, though they can reach loopback. */
function foreignOrigin(request: IncomingMessage): Answer | null {
  const { origin, host } = request.headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return null;
  return { status: 403, body: { error: `calls from pages of ${origin} are refused; open the sandbox's own page` } };
}

async function serveOne(control: Control, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(request.url);
  if (url.pathname === watchPath && request.method === 'GET') {
    watchClock(control.world, response);
    return;
  }
  const foreign = foreignOrigin(request);
  const page = foreign === null ? await pageAt(control, request.method ?? '', url) : null;
  if (page !== null) {
    response.writeHead(page.status, page.headers);
    response.end(page.body);
    return;
  }
  const { status, body } = foreign ?? (await answerTo(control, request, url));
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}

export async function serveControl(parts: { world: SandboxWorld; rooms: Rooms }, at: { host: string; port: number }): Promise<HttpRim> {
  let revision = 0;
  parts.world.onTouched(() => {
    revision += 1;
  });
  const control: Control = { ...parts, revision: () => revision };
  // Watchers stay for as long as their service lives.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 120_000 }, (request, response) => {
    serveOne(control, request, response).catch((cause) => {
      if (!request.destroyed) logFault('control: request failed', cause);
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
