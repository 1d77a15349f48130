/**
 * Ports that keep to what the outside allows the whole account: every call takes a token from a bucket in Postgres that all replicas share, and waits
 * for it (process time). The waiting happens before the call, so a deadline of the call is not eaten by it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { takeToken } from '../store/budgets.ts';
import type { CommonQueryMethods } from '../store/pool.ts';

export type Budget = { name: 'postmark-account' | 'route53-account'; perSecond: number };

/** A burst of a few seconds' worth: provisioning one configuration needs about six calls of each kind at once. */
const burstSeconds = 5;

type Method = (...args: never[]) => Promise<unknown>;

/** The same port, each of whose calls is paid for. */
export const budgeted = <P extends Record<keyof P, Method>>(db: CommonQueryMethods, { name, perSecond }: Budget, port: P): P => {
  const burst = Math.max(1, perSecond * burstSeconds);
  const paid =
    (method: Method): Method =>
    async (...args) => {
      const waitMs = await takeToken(db, name, perSecond, burst);
      if (waitMs > 0) await sleep(waitMs);
      return method.apply(port, args);
    };
  return Object.fromEntries(Object.entries<Method>(port).map(([verb, method]) => [verb, paid(method)])) as P;
};
