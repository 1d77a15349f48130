/**
 * How many requests a tenant may make with its own keys: `rateLimit.*`, in each process by itself. The operator is not limited.
 * One that comes too soon costs no parsing and no query; it is told when to come again.
 */
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/errors.ts';
import { type Bucket, type BucketRule, isFull, take } from '../../core/tokenBucket.ts';
import { keyHolderOf } from './access.ts';

/** Buckets that have filled up again are dropped when there are more than this; each takes some 100 bytes. */
const bucketsMax = 10_000;

/** One set of buckets for all scopes that it is applied to. `rule` null: no limit. */
export const tenantRate = (rule: BucketRule | null, monotonicMs: () => number): ((app: FastifyInstance) => void) => {
  if (rule === null) return () => {};
  const buckets = new Map<string, Bucket>();
  const dropFull = (nowMs: number): void => {
    for (const [tenantId, bucket] of buckets) if (isFull(bucket, rule, nowMs)) buckets.delete(tenantId);
  };
  const limit = (tenantId: string): void => {
    const nowMs = monotonicMs();
    const taken = take(buckets.get(tenantId), rule, nowMs);
    buckets.set(tenantId, taken.bucket);
    if (buckets.size > bucketsMax) dropFull(nowMs);
    if (taken.kind === 'taken') return;
    const detail = `this tenant may make ${rule.perSecond} requests a second, and ${rule.burst} at once`;
    throw new Problem('rate_limited', detail, { retryAfterSeconds: Math.ceil(taken.seconds) });
  };
  return (app) => {
    app.addHook('onRequest', async (request) => {
      const holder = keyHolderOf(request);
      if (holder.kind === 'tenant') limit(holder.tenantId);
    });
  };
};
