/** Token buckets that the outside world imposes on the whole account, shared by all replicas and refilled by the database's clock. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const wait = z.strictObject({ waitMs: z.number() });

/**
 * Takes one token, on credit: the balance may go below zero, and the answer is how long to wait (ms) until this token would have been there.
 * So callers queue up fairly without polling, and no statement waits.
 */
export const takeToken = async (db: CommonQueryMethods, name: string, perSecond: number, burst: number): Promise<number> => {
  const { waitMs } = await db.one(sql.type(wait)`
    insert into budget as b (name, tokens, refilled_at) values (${name}, ${burst - 1}, clock_timestamp())
    on conflict (name) do update set
      tokens = least(${burst}, b.tokens + extract(epoch from clock_timestamp() - b.refilled_at) * ${perSecond}) - 1,
      refilled_at = clock_timestamp()
    returning (greatest(0, -b.tokens) / ${perSecond} * 1000)::float8 as "waitMs"`);
  return waitMs;
};
