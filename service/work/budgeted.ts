/**
 * Ports that keep to what the outside allows the whole account: every call takes a token from a bucket in Postgres that all replicas share, and waits
 * for it (process time). The waiting happens before the call, so a deadline of the call is not eaten by it; a stop ends it, and the call is not made.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PortFault } from '../core/portFault.ts';
import { takeToken } from '../store/budgets.ts';
import type { CommonQueryMethods } from '../store/pool.ts';

type Provider = 'postmark' | 'route53';
export type Budget = { provider: Provider; perSecond: number };

/**
 * Tokens that may be taken at once after a rest. Route 53 counts each second by itself, so its calls are spread over it: never more in any second than the
 * budget says. Postmark counts over longer times, and one configuration needs six calls in a row.
 */
const burstOf = { route53: () => 1, postmark: (perSecond: number) => Math.max(1, perSecond * 5) } as const;

type Method = (...args: never[]) => Promise<unknown>;

/** The same port, each of whose calls is paid for. */
export const budgeted = <P extends Record<keyof P, Method>>(
  db: CommonQueryMethods,
  { provider, perSecond }: Budget,
  port: P,
  stopping: AbortSignal,
): P => {
  const paid =
    (operation: string, method: Method): Method =>
    async (...args) => {
      const waitMs = await takeToken(db, `${provider}-account`, perSecond, burstOf[provider](perSecond));
      if (waitMs > 0) await waited(waitMs, provider, operation, stopping);
      return method.apply(port, args);
    };
  return Object.fromEntries(Object.entries<Method>(port).map(([verb, method]) => [verb, paid(verb, method)])) as P;
};

const waited = async (waitMs: number, provider: Provider, operation: string, stopping: AbortSignal): Promise<void> => {
  try {
    await sleep(waitMs, undefined, { signal: stopping });
  } catch (error) {
    const detail = { class: 'unavailable', provider, operation, httpStatus: null, code: null } as const;
    throw new PortFault(detail, `${operation}: not called, because this process is stopping`, error);
  }
};
