/**
 * Carries events to webhooks, and inbound messages to their hook.
 *
 * Guarantee: an event is tried until a receiver takes it, refuses it for good, or its retries are used up; the trace id is the same on every
 * try, so a receiver can tell a repeat from news. Order is not guaranteed, as it is not by Postmark.
 * Mechanism: a delivery is data on the agenda; each try re-reads where it goes, so an edited URL or header counts from the next try on, and
 * events of a deleted webhook are dropped. At most `concurrencyMax` tries are on the wire at once.
 */
import type { FaultSpec, Instant, Json } from '../../world/world.ts';
import { dropInbound } from '../inbound/settleInbound.ts';
import type { Postmark } from '../postmark.ts';
import { afterTry } from './afterTry.ts';
import { type Delivery, deliveryKind, scheduleDelivery } from './delivery.ts';
import { callHeaders, type Destination, destinationOf, originOf } from './destination.ts';
import { createGate } from './gate.ts';
import { createPoster, type Poster } from './postJson.ts';
import { type Outcome, retryMinutes, verdictOf } from './retrySchedule.ts';

/** Enough to keep a receiver busy, few enough that a batch of 500 does not open 500 connections. */
const concurrencyMax = 32;
const minuteMs = 60_000;
/** A `slow` fault without `delayMs`. */
const slowDefaultMs = 1000;

export type Deliveries = {
  /** What is under way or waits its turn is of a world that is no more: it is neither tried nor retried. */
  forget(): void;
  close(): void;
};

class Courier {
  readonly #postmark: Postmark;
  readonly #poster: Poster;
  /** Raised by a reset, after which new webhooks have the ids of the old ones. */
  #era = 0;

  constructor(postmark: Postmark, poster: Poster) {
    this.#postmark = postmark;
    this.#poster = poster;
  }

  get era(): number {
    return this.#era;
  }

  forget(): void {
    this.#era += 1;
  }

  /** One try, with whatever fault it meets. */
  async try(delivery: Delivery, at: Instant, era: number): Promise<void> {
    if (era !== this.#era) return;
    const { webhooks, world } = this.#postmark;
    const destination = destinationOf(this.#postmark, delivery);
    if (destination === null) return dropInbound(this.#postmark, delivery);
    const fault = delivery.reordered ? null : world.faults.take('webhook', delivery.recordType, delivery.serverId);
    if (fault?.kind === 'drop') return dropInbound(this.#postmark, delivery);
    if (fault?.kind === 'reorder' && !webhooks.holding) {
      webhooks.hold({ ...delivery, reordered: true });
      return world.touched();
    }
    // An event held back while this one is already under way waits for the one after.
    const overtakes = webhooks.holding;
    const ended = world.calls.count('webhook', delivery.recordType, originOf(destination.url));
    const startMs = performance.now();
    const outcome = await world.clock.inTurn(this.#underFault(destination, delivery, fault));
    ended({ status: outcome.kind === 'answered' ? outcome.status : null, fault: fault?.kind ?? null });
    if (era !== this.#era) return;
    const verdict = verdictOf(destination.generation, delivery.recordType, delivery.attempt, outcome);
    afterTry(this.#postmark, delivery, verdict, performance.now() - startMs);
    if (verdict.kind === 'retry') {
      scheduleDelivery(this.#postmark, { ...delivery, attempt: delivery.attempt + 1 }, at + verdict.waitMinutes * minuteMs);
    }
    if (overtakes) this.releaseHeld();
  }

  releaseHeld(): void {
    const { webhooks, world } = this.#postmark;
    for (const held of webhooks.letGo()) scheduleDelivery(this.#postmark, held, world.clock.now());
  }

  async #underFault(destination: Destination, delivery: Delivery, fault: FaultSpec | null): Promise<Outcome> {
    switch (fault?.kind) {
      case 'status':
        return { kind: 'answered', status: fault.status ?? 503 };
      case 'throttle':
        return { kind: 'answered', status: 429 };
      case 'timeout-before':
        return { kind: 'noAnswer' };
      case 'timeout-after':
      case 'cut':
        await this.#post(destination, delivery);
        return { kind: 'noAnswer' };
      case 'duplicate':
        await this.#counted(destination, delivery);
        return this.#post(destination, delivery);
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? slowDefaultMs));
        return this.#post(destination, delivery);
      default:
        return this.#post(destination, delivery);
    }
  }

  /** The first of two, whose answer decides nothing. */
  async #counted(destination: Destination, delivery: Delivery): Promise<void> {
    const ended = this.#postmark.world.calls.count('webhook', delivery.recordType, originOf(destination.url));
    const outcome = await this.#post(destination, delivery);
    ended({ status: outcome.kind === 'answered' ? outcome.status : null, fault: 'duplicate' });
  }

  #post({ url, headers, body, timeoutMs, generation }: Destination, delivery: Delivery): Promise<Outcome> {
    const retriesRemaining = Math.max(0, retryMinutes(generation, delivery.recordType).length - delivery.attempt);
    const expects = this.#postmark.settings.webhookExpect.value;
    return this.#poster.post({ url, headers: callHeaders({ ...delivery, retriesRemaining }, headers), body, timeoutMs, expects });
  }
}

/** Registers the agenda's handler; called once per world. */
export function startDeliveries(postmark: Postmark): Deliveries {
  const poster = createPoster();
  const courier = new Courier(postmark, poster);
  const gate = createGate(concurrencyMax);
  postmark.world.clock.on(deliveryKind, (payload: Json, at) => {
    const { era } = courier;
    return gate(() => courier.try(payload as Delivery, at, era));
  });
  postmark.world.faults.onClear(() => courier.releaseHeld());
  return { forget: () => courier.forget(), close: () => poster.close() };
}
