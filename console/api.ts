/**
 * The service's HTTP API. Guarantee: a call answers with what the service said, or throws a `Failure` that says what went wrong and what to do; the key
 * is in no message. A read may be asked again by whoever repeats it; a write never is by itself.
 */
import { exitCode } from './exitCode.ts';
import { Failure } from './failure.ts';
import { refusal } from './refusal.ts';
import type { Target } from './target.ts';
import type { Page, ProblemBody } from './wire.ts';

const basePath = '/v1/shop-access/email';
/** force-lock waits for calls under way, a refresh for KMS: both have deadlines of half a minute. */
const callLimitMs = 60_000;
/** The largest page that a list gives. */
const pageMax = 200;

export type Query = Readonly<Record<string, string | number | undefined>>;
export type Answered<T> = { status: number; body: T };
export type Write = { body?: unknown; tenant?: string; idempotencyKey?: string | undefined };

export type Api = {
  url: string;
  get<T>(path: string, query?: Query, tenant?: string): Promise<T>;
  post<T>(path: string, write?: Write): Promise<Answered<T>>;
  remove(path: string): Promise<void>;
  /** Page by page, `limit` items at most; infinite for all. */
  pages<T>(path: string, query: Query, limit: number, tenant?: string): AsyncGenerator<T[]>;
};

type Request = {
  method: string;
  path: string;
  query?: Query | undefined;
  tenant?: string | undefined;
  body?: unknown;
  idempotencyKey?: string | undefined;
};

export function createApi(target: Target, interrupted: AbortSignal): Api {
  const call = (request: Request): Promise<Answered<unknown>> => send(target, request, interrupted);
  const get = async <T>(path: string, query?: Query, tenant?: string): Promise<T> =>
    (await call({ method: 'GET', path, query, tenant })).body as T;
  return {
    url: target.url,
    get,
    post: async <T>(path: string, write: Write = {}) => (await call({ method: 'POST', path, ...write })) as Answered<T>,
    async remove(path) {
      await call({ method: 'DELETE', path });
    },
    async *pages<T>(path: string, query: Query, limit: number, tenant?: string) {
      let cursor: string | null = null;
      for (let left = limit; left > 0; ) {
        const page: Page<T> = await get(path, { ...query, limit: Math.min(left, pageMax), ...(cursor === null ? {} : { cursor }) }, tenant);
        yield page.items;
        left -= page.items.length;
        cursor = page.nextCursor;
        if (cursor === null) return;
      }
    },
  };
}

async function send(
  target: Target,
  { method, path, query, tenant, body, idempotencyKey }: Request,
  interrupted: AbortSignal,
): Promise<Answered<unknown>> {
  const url = new URL(`${target.url}${basePath}${path}`);
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(name, String(value));
  const named = tenant ?? target.tenant;
  const headers = {
    authorization: `Bearer ${target.key}`,
    ...(method === 'GET' ? {} : { 'x-author': headerText(target.author) }),
    ...(named === null ? {} : { 'x-tenant-id': named }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': headerText(idempotencyKey) }),
  };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(callLimitMs)]);
  try {
    // A redirect would carry the key to wherever it points.
    const response = await fetch(url, { method, headers, signal, redirect: 'manual', ...content });
    return understood(target, response, await response.text());
  } catch (error) {
    if (error instanceof Failure || interrupted.aborted) throw error;
    throw silence(target, error);
  }
}

/** fetch takes header values byte by byte; the service reads UTF-8. */
const headerText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function understood({ url }: Target, response: Response, text: string): Answered<unknown> {
  const json = parsed(response, text);
  if (response.status === 204) return { status: 204, body: null };
  if (response.ok && json !== undefined) return { status: response.status, body: json };
  if (isProblem(json)) throw refusal(json);
  throw new Failure(exitCode.fault, `what answers at ${url} is not Postroute: it said ${response.status} without a problem of ours`, {
    remedy: 'Check the address: --url, or POSTROUTE_URL.',
  });
}

function parsed(response: Response, text: string): unknown {
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isProblem = (json: unknown): json is ProblemBody =>
  typeof json === 'object' && json !== null && 'code' in json && 'detail' in json && 'requestId' in json;

/** fetch says only "fetch failed"; the reason is in its cause. */
function silence({ url }: Target, error: unknown): Failure {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new Failure(exitCode.unavailable, `${url} did not answer within ${callLimitMs / 1000} s`, {
      remedy: 'It may have done what was asked: look before asking again. Its log and /readyz say why it is slow.',
    });
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : null;
  const why = cause === null ? '' : ` (${'code' in cause ? cause.code : cause.message})`;
  return new Failure(exitCode.unavailable, `nothing answers at ${url}${why}`, {
    remedy: 'Is it running? Start it with npm start, forward its port, or name another address with --url or POSTROUTE_URL.',
  });
}
