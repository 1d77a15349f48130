/** The tour's tenant: a name that was never used before, and the calls that are made for it with the operator key. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { type ConfigurationAnswer, configurationAnswer, configurationList, problemAnswer } from './answers.ts';
import type { Target } from './target.ts';

export const basePath = '/v1/shop-access/email';

const callLimitMs = 40_000;
const takeBackLimitMs = 5_000;
const takeBackLookMs = 200;

export type Answer = { status: number; body: unknown };
type Call = { headers?: Record<string, string>; body?: unknown };

export type Tenant = {
  name: string;
  /** Any answer, as it came. */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** An answer that must be a success of this shape; anything else is thrown as a sentence. */
  want<S extends z.ZodType>(schema: S, method: string, path: string, call?: Call): Promise<z.output<S>>;
  /** Locks and removes what was made; says what had to stay. Never throws. */
  takeBack(say: (sentence: string) => void): Promise<void>;
};

type Request = { method: string; path: string; headers: Record<string, string>; body: unknown; signal: AbortSignal };

/** fetch says only "fetch failed"; the reason is in its cause. */
function silence({ url }: Target, error: unknown): Error {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new Error(`${url} did not answer within ${callLimitMs / 1000} s; its log says why`);
  const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? ` (${error.cause.code})` : '';
  return new Error(`${url} does not answer any more${cause}; its log says why`, { cause: error });
}

async function send(target: Target, { method, path, headers, body, signal }: Request): Promise<Answer> {
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  try {
    const response = await fetch(`${target.url}${basePath}${path}`, { method, signal, headers: { ...headers, ...type }, ...content });
    const text = await response.text();
    return { status: response.status, body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text };
  } catch (error) {
    throw silence(target, error);
  }
}

/** One sentence about an answer that was not expected, with where to read on. */
export function unexpected(target: Target, method: string, path: string, { status, body }: Answer): Error {
  const problem = problemAnswer.safeParse(body);
  if (status === 401)
    return new Error(
      `the key from ${target.keyFrom} was refused by ${target.url}; give the one that its npm start printed, with --key or ARDA_API_KEY`,
    );
  const what = problem.success
    ? `${problem.data.code}: ${problem.data.detail}; see ${target.url}/problems/${problem.data.code}`
    : 'something else than promised';
  return new Error(`${method} ${path} was answered ${status} ${what}`);
}

/** Found by its slug, not remembered: an interrupted create may have happened without an answer. Answers the ids that had to stay. */
async function takeBack(api: Pick<Tenant, 'want'>, name: string): Promise<string[]> {
  let left: ConfigurationAnswer[] = [];
  for (let waitedMs = 0; waitedMs < takeBackLimitMs; waitedMs += takeBackLookMs) {
    const { items } = await api.want(configurationList, 'GET', `/configuration?slug=${name}`);
    left = items.filter(({ status }) => status !== 'REMOVING' && status !== 'REMOVED');
    if (left.length === 0) return [];
    for (const { eId, allowedSignals } of left) {
      const signal = ['force-lock', 'remove'].find((candidate) => allowedSignals.includes(candidate));
      if (signal === undefined) continue;
      await api.want(configurationAnswer, 'POST', `/configuration/${eId}/${signal}`, { body: { reason: 'the tour was interrupted' } });
    }
    await delay(takeBackLookMs);
  }
  return left.map(({ eId }) => eId);
}

export function createTenant(target: Target, interrupted: AbortSignal): Tenant {
  const name = `tour-${randomBytes(3).toString('hex')}`;
  const headers = { Authorization: `Bearer ${target.key}`, 'X-Tenant-Id': name, 'X-Author': 'tour' };
  const clientOf = (signalOf: () => AbortSignal): Pick<Tenant, 'call' | 'want'> => {
    const call: Tenant['call'] = (method, path, { headers: more = {}, body } = {}) =>
      send(target, { method, path, headers: { ...headers, ...more }, body, signal: signalOf() });
    return {
      call,
      want: async (schema, method, path, options) => {
        const answer = await call(method, path, options);
        const parsed = answer.status < 300 ? schema.safeParse(answer.body) : null;
        if (parsed?.success !== true) throw unexpected(target, method, path, answer);
        return parsed.data;
      },
    };
  };

  return {
    name,
    ...clientOf(() => AbortSignal.any([interrupted, AbortSignal.timeout(callLimitMs)])),
    takeBack: async (say) => {
      const left = await takeBack(
        clientOf(() => AbortSignal.timeout(takeBackLimitMs)),
        name,
      ).catch((error: Error) => error.message);
      if (typeof left === 'string') say(`what the tour made for ${name} could not be removed: ${left}`);
      for (const eId of typeof left === 'string' ? [] : left)
        say(`configuration ${eId} of ${name} could not be removed yet; send it the signal remove, at ${target.url}/docs`);
    },
  };
}
