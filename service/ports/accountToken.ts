/**
 * Which account token a call is made with. The current one; and while Postmark refuses that, as it does before somebody has made it there, the previous one.
 * A refusal (401 with ErrorCode 10) is a call that did nothing, so making it once more with the other token is not a repetition.
 */
import type { SecretPair } from '../core/material/secretPair.ts';
import { PortFault } from '../core/portFault.ts';

export type AccountTokenState = 'accepted' | 'refused' | 'unknown';

export type AccountToken = {
  call<T>(run: (token: string) => Promise<T>): Promise<T>;
  /** Of the current one, by the last answer to it. */
  state(): AccountTokenState;
};

/** A refused token is tried again this long after: it may have been made at Postmark meanwhile. Process time. */
const againMs = 30_000;

export function accountToken(tokens: () => SecretPair, monotonicMs: () => number): AccountToken {
  let seen: { token: string; state: AccountTokenState; at: number } = { token: '', state: 'unknown', at: 0 };
  const stateOf = (token: string): AccountTokenState => (seen.token === token ? seen.state : 'unknown');

  const tried = async <T>(token: string, run: (token: string) => Promise<T>): Promise<T> => {
    try {
      const answer = await run(token);
      seen = { token, state: 'accepted', at: monotonicMs() };
      return answer;
    } catch (error) {
      if (isRefusal(error)) seen = { token, state: 'refused', at: monotonicMs() };
      throw error;
    }
  };

  return {
    async call(run) {
      const { current, previous } = tokens();
      if (previous === null) return tried(current, run);
      if (stateOf(current) === 'refused' && monotonicMs() - seen.at < againMs) return run(previous);
      try {
        return await tried(current, run);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return run(previous);
      }
    },
    state: () => stateOf(tokens().current),
  };
}

type Method = (...args: never[]) => Promise<unknown>;

/** A port that is made for a token, each of whose calls is made with the token of the moment. */
export const withAccountToken = <P extends Record<keyof P, Method>>(account: AccountToken, make: (token: string) => P): P => {
  const rotating = (verb: string): Method => {
    return (...args) =>
      account.call((token) => {
        const port = make(token);
        const method: Method | undefined = Object.entries<Method>(port).find(([name]) => name === verb)?.[1];
        if (method === undefined) throw new Error(`the port has no ${verb}`);
        return method.apply(port, args);
      });
  };
  return Object.fromEntries(Object.keys(make('')).map((verb) => [verb, rotating(verb)])) as P;
};

/** "Request does not contain a valid token." */
const isRefusal = (error: unknown): boolean => error instanceof PortFault && error.detail.httpStatus === 401 && error.refusedWith(10);
