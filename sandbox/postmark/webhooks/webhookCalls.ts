/**
 * What became of the calls of each webhook in the last 24 hours, per kind of event.
 *
 * Mechanism: a bucket per minute, so that memory follows time and not traffic. How long receivers took is process time: it is neither saved
 * nor part of the world's state, which must be the same for the same calls.
 */
import type { Instant } from '../../world/world.ts';
import type { Verdict } from './retrySchedule.ts';
import type { RecordType } from './webhook.ts';

const minuteMs = 60_000;
export const windowHours = 24;
/** From when on Postmark calls an answer slow is not published. */
const slowMs = 1000;
const verySlowMs = 5000;

type Timing = { calls: number; totalMs: number };

export type CallCounts = { taken: number; retry: number; lost: number };
export type Bucket = CallCounts & { slow: number; verySlow: number; ended: Timing; retried: Timing };

export type SavedCalls = (CallCounts & { webhookId: number; trigger: RecordType; minute: number })[];

export const emptyBucket = (): Bucket => ({
  taken: 0,
  retry: 0,
  lost: 0,
  slow: 0,
  verySlow: 0,
  ended: { calls: 0, totalMs: 0 },
  retried: { calls: 0, totalMs: 0 },
});

export function addInto(sum: Bucket, more: Bucket): void {
  for (const count of ['taken', 'retry', 'lost', 'slow', 'verySlow'] as const) sum[count] += more[count];
  for (const timing of ['ended', 'retried'] as const) {
    sum[timing].calls += more[timing].calls;
    sum[timing].totalMs += more[timing].totalMs;
  }
}

type Triggers = Map<RecordType, Map<number, Bucket>>;

export class WebhookCalls {
  readonly #byWebhook = new Map<number, Triggers>();

  add(webhookId: number, trigger: RecordType, at: Instant, call: { verdict: Verdict['kind']; durationMs: number }): void {
    const minute = Math.floor(at / minuteMs);
    const bucket = this.#bucket(webhookId, trigger, minute);
    bucket[call.verdict] += 1;
    if (call.durationMs >= slowMs) bucket.slow += 1;
    if (call.durationMs >= verySlowMs) bucket.verySlow += 1;
    const timing = call.verdict === 'retry' ? bucket.retried : bucket.ended;
    timing.calls += 1;
    timing.totalMs += call.durationMs;
    this.#forgetBefore(webhookId, trigger, at);
  }

  /** The sum of each kind of event that was called for in the window that ends at `at`. */
  within(webhookId: number, at: Instant): Map<RecordType, Bucket> {
    const since = Math.floor(at / minuteMs) - windowHours * 60;
    const sums = new Map<RecordType, Bucket>();
    for (const [trigger, minutes] of this.#byWebhook.get(webhookId) ?? []) {
      const sum = emptyBucket();
      const inWindow = [...minutes].filter(([minute]) => minute > since);
      for (const [, bucket] of inWindow) addInto(sum, bucket);
      if (inWindow.length > 0) sums.set(trigger, sum);
    }
    return sums;
  }

  remove(webhookId: number): void {
    this.#byWebhook.delete(webhookId);
  }

  save(): SavedCalls {
    return [...this.#byWebhook].flatMap(([webhookId, triggers]) =>
      [...triggers].flatMap(([trigger, minutes]) =>
        [...minutes].map(([minute, { taken, retry, lost }]) => ({ webhookId, trigger, minute, taken, retry, lost })),
      ),
    );
  }

  restore(saved: SavedCalls): void {
    this.reset();
    for (const { webhookId, trigger, minute, ...counts } of saved) Object.assign(this.#bucket(webhookId, trigger, minute), counts);
  }

  reset(): void {
    this.#byWebhook.clear();
  }

  #bucket(webhookId: number, trigger: RecordType, minute: number): Bucket {
    const triggers: Triggers = this.#byWebhook.get(webhookId) ?? new Map();
    const minutes = triggers.get(trigger) ?? new Map<number, Bucket>();
    const bucket = minutes.get(minute) ?? emptyBucket();
    this.#byWebhook.set(webhookId, triggers.set(trigger, minutes.set(minute, bucket)));
    return bucket;
  }

  #forgetBefore(webhookId: number, trigger: RecordType, at: Instant): void {
    const minutes = this.#byWebhook.get(webhookId)?.get(trigger);
    const since = Math.floor(at / minuteMs) - windowHours * 60;
    for (const minute of minutes?.keys() ?? []) {
      if (minute > since) return;
      minutes?.delete(minute);
    }
  }
}
