/**
 * Token buckets of the account, as Route 53 has had them since 2026-07-30: one for all requests, one per action, and one counted in single
 * record changes. Off unless `throttling` is `documented`.
 *
 * In process time, since a client's rate is measured by the clock on the wall; that of the sandbox may jump by a day. A burst is full at the
 * start, after a reset, and whenever throttling is switched on.
 */
import type { WorldSettings } from '../world/world.ts';

type Setting = { readonly value: number };
type Rate = { burst: Setting; perSecond: Setting };

export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number | null = null;
  #lookedMs = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Whether there is enough for `cost` at `nowMs`. */
  holds(cost: number, nowMs: number): boolean {
    const burst = this.#rate.burst.value;
    const grown = this.#tokens === null ? burst : this.#tokens + ((nowMs - this.#lookedMs) / 1000) * this.#rate.perSecond.value;
    this.#tokens = Math.min(burst, grown);
    this.#lookedMs = nowMs;
    return this.#tokens >= this.#priceOf(cost);
  }

  take(cost: number): void {
    this.#tokens = (this.#tokens ?? this.#rate.burst.value) - this.#priceOf(cost);
  }

  refill(): void {
    this.#tokens = null;
  }

  /** What is larger than the bucket takes all of it: else it could never pass. */
  #priceOf(cost: number): number {
    return Math.min(cost, this.#rate.burst.value);
  }
}

/** Actions with numbers of their own; every other action has those of `route53Action…`. */
const listedActions: Readonly<Record<string, Rate>> = {
  CreateHostedZone: { burst: { value: 40 }, perSecond: { value: 2 } },
  DeleteHostedZone: { burst: { value: 40 }, perSecond: { value: 5 } },
  CreateHealthCheck: { burst: { value: 50 }, perSecond: { value: 0.5 } },
};

export interface RequestThrottle {
  /** Whether the call may be carried out; takes its tokens if so. `changes` counts records, for ChangeResourceRecordSets. */
  admits(action: string, changes: number, nowMs: number): boolean;
  reset(): void;
}

export function createRequestThrottle(settings: WorldSettings): RequestThrottle {
  const throttling = settings.declare<'off' | 'documented'>('throttling', 'off', ['off', 'documented']);
  const account: Rate = {
    burst: settings.declare('route53RequestBurst', 50),
    perSecond: settings.declare('route53RequestsPerSecond', 10),
  };
  const action: Rate = { burst: settings.declare('route53ActionBurst', 50), perSecond: settings.declare('route53ActionsPerSecond', 10) };
  // The numbers of this one are not published; these let a full batch through and a second one a second later.
  const changed: Rate = {
    burst: settings.declare('route53ChangeBurst', 1000),
    perSecond: settings.declare('route53ChangesPerSecond', 1000),
  };
  const requests = new TokenBucket(account);
  const changes = new TokenBucket(changed);
  const actions = new Map<string, TokenBucket>();
  const bucketOf = (name: string): TokenBucket => {
    const known = actions.get(name) ?? new TokenBucket(Object.hasOwn(listedActions, name) ? (listedActions[name] ?? action) : action);
    actions.set(name, known);
    return known;
  };
  const reset = () => {
    for (const bucket of [requests, changes, ...actions.values()]) bucket.refill();
  };
  return {
    admits: (name, changeCount, nowMs) => {
      if (throttling.value === 'off') {
        reset();
        return true;
      }
      const wanted: [TokenBucket, number][] = [
        [requests, 1],
        [bucketOf(name), 1],
        [changes, changeCount],
      ];
      if (!wanted.every(([bucket, cost]) => bucket.holds(cost, nowMs))) return false;
      for (const [bucket, cost] of wanted) bucket.take(cost);
      return true;
    },
    reset,
  };
}
