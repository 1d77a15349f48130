import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bucket, isFull, take } from '../../service/core/tokenBucket.ts';

const rule = { perSecond: 10, burst: 3 };

describe('a token bucket', () => {
  it('gives its burst at once, then one each tenth of a second, and says how long to wait', () => {
    let bucket: Bucket | undefined;
    const at = (ms: number) => {
      const taken = take(bucket, rule, ms);
      bucket = taken.bucket;
      return taken.kind === 'taken' ? 'taken' : Number(taken.seconds.toFixed(3));
    };
    expect([at(0), at(0), at(0), at(0), at(50), at(100), at(100)]).toEqual(['taken', 'taken', 'taken', 0.1, 0.05, 'taken', 0.1]);
    expect(isFull({ tokens: 0, atMs: 0 }, rule, 299)).toBe(false);
    expect(isFull({ tokens: 0, atMs: 0 }, rule, 300)).toBe(true);
  });

  it('never gives more than its burst and its rate, whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (pauses) => {
        let [now, given, bucket] = [0, 0, undefined as Bucket | undefined];
        for (const pause of pauses) {
          now += pause;
          const taken = take(bucket, rule, now);
          bucket = taken.bucket;
          if (taken.kind === 'taken') given += 1;
        }
        expect(given).toBeLessThanOrEqual(rule.burst + (now * rule.perSecond) / 1000 + 1e-9);
      }),
    );
  });
});
