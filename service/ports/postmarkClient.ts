/**
 * The `postmark` client behind the guards it lacks. Guarantee: no call outlives its deadline, none follows a redirect (the client would hand the
 * token to another origin), at most `concurrencyMax` are under way, and every failure keeps the cause that the client drops.
 * A client is made per call: that costs 0.3 µs, and the call's signal and cause live in its own `fetch` instead of in a cache keyed by tokens.
 * A crash leaves nothing behind; what was under way is unknown, as after a cut.
 */
import { AccountClient, ServerClient } from 'postmark';
import type { z } from 'zod';
import { PortFault } from '../core/portFault.ts';
import { type CallSlots, callSlots } from './callSlots.ts';
import { withDeadline } from './deadline.ts';
import type { SendTerms } from './ports.ts';
import { postmarkFault } from './postmarkFault.ts';

export type PostmarkOptions = { baseUrl: string; timeoutMs: number; concurrencyMax: number };

export type PostmarkCall<Client, Answer extends z.ZodType> = {
  operation: string;
  answer: Answer;
  run: (client: Client) => Promise<unknown>;
  /** Cut from any text of Postmark's before it is kept; the token always is. */
  secrets?: readonly string[];
};

/** What came of a call, before it is classified: the error the client gave, and the cause its `fetch` saw. */
export type Exchange = { ok: true; body: unknown } | { ok: false; error: unknown; cause: unknown };

export type PostmarkClient = {
  /** Throws a `PortFault`; an answer of another shape than `answer` is an unknown outcome. */
  account<A extends z.ZodType>(token: string, call: PostmarkCall<AccountClient, A>): Promise<z.output<A>>;
  server<A extends z.ZodType>(token: string, call: PostmarkCall<ServerClient, A>): Promise<z.output<A>>;
  /** Never throws. */
  exchange(token: string, terms: SendTerms, run: (client: ServerClient) => Promise<unknown>): Promise<Exchange>;
};

/** The call's turn came after its `startBy`; nothing was sent. */
export class NotBegun extends Error {
  constructor() {
    super('the call was not begun in time; nothing was sent');
    this.name = 'NotBegun';
  }
}

type ClientOptions = NonNullable<ConstructorParameters<typeof ServerClient>[1]>;

export function postmarkClient(options: PostmarkOptions): PostmarkClient {
  const base = new URL(options.baseUrl);
  const useHttps = base.protocol === 'https:';
  const requestHost = base.host + base.pathname.replace(/\/+$/, '');
  const slots: CallSlots = callSlots(options.concurrencyMax);

  const guarded = (signal: AbortSignal, seen: { cause: unknown }): ClientOptions => ({
    useHttps,
    requestHost,
    // The client's own deadline stands behind ours, in whole seconds: it refuses fractions of a millisecond.
    timeout: Math.ceil(options.timeoutMs / 1000) + 1,
    fetch: async (input, init) => {
      try {
        return await fetch(input, { ...init, redirect: 'error', signal });
      } catch (error) {
        seen.cause = error;
        throw error;
      }
    },
  });

  const attempt = (terms: SendTerms | null, run: (clientOptions: ClientOptions) => Promise<unknown>): Promise<Exchange> =>
    slots.run(async () => {
      if (terms !== null && performance.now() > terms.startBy) return { ok: false, error: new NotBegun(), cause: undefined };
      const seen: { cause: unknown } = { cause: undefined };
      try {
        return { ok: true, body: await withDeadline(options.timeoutMs, terms?.abort ?? null, (signal) => run(guarded(signal, seen))) };
      } catch (error) {
        return { ok: false, error, cause: seen.cause };
      }
    });

  return {
    account: async (token, call) => settle(token, call, await attempt(null, (o) => call.run(new AccountClient(token, o)))),
    server: async (token, call) => settle(token, call, await attempt(null, (o) => call.run(new ServerClient(token, o)))),
    exchange: (token, terms, run) => attempt(terms, (o) => run(new ServerClient(token, o))),
  };
}

function settle<Client, A extends z.ZodType>(token: string, call: PostmarkCall<Client, A>, exchange: Exchange): z.output<A> {
  if (!exchange.ok) throw postmarkFault(call.operation, exchange.error, exchange.cause, [token, ...(call.secrets ?? [])]);
  const parsed = call.answer.safeParse(exchange.body);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'the body').join(', ');
  const detail = { class: 'unknown', provider: 'postmark', operation: call.operation, httpStatus: 200, code: null } as const;
  throw new PortFault(detail, `${call.operation}: Postmark answered 200 without a usable ${fields}`, parsed.error);
}
