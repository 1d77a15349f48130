/** A token bucket, as data: so many a second on average, and `burst` at once. Pure; the caller keeps the bucket and the time. */

export type BucketRule = { perSecond: number; burst: number };
/** `tokens` as they were at `atMs`. */
export type Bucket = { tokens: number; atMs: number };
export type Taken = { kind: 'taken'; bucket: Bucket } | { kind: 'wait'; bucket: Bucket; seconds: number };

const filled = (bucket: Bucket | undefined, { perSecond, burst }: BucketRule, nowMs: number): number =>
  bucket === undefined ? burst : Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) * perSecond) / 1000);

/** Takes one; a bucket that is not there yet is full. `seconds`: until there is one to take. */
export const take = (bucket: Bucket | undefined, rule: BucketRule, nowMs: number): Taken => {
  const tokens = filled(bucket, rule, nowMs);
  if (tokens >= 1) return { kind: 'taken', bucket: { tokens: tokens - 1, atMs: nowMs } };
  return { kind: 'wait', bucket: { tokens, atMs: nowMs }, seconds: (1 - tokens) / rule.perSecond };
};

/** A full bucket is as good as none, and need not be kept. */
export const isFull = (bucket: Bucket, rule: BucketRule, nowMs: number): boolean => filled(bucket, rule, nowMs) >= rule.burst;
