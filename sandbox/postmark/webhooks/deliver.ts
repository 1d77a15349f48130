/**
 * Carries events to webhooks.
 *
 * Guarantee: an event is tried until a receiver takes it, refuses it for good, or its retries are used up; the trace id is the same on every
 * try, so a receiver can tell a repeat from news. Order is not guaranteed, as it is not by Postmark.
 * Mechanism: a delivery is data on the agenda; each try re-reads the webhook, so an edited URL or header counts from the next try on, and
 * events of a deleted webhook are dropped. At most `concurrencyMax` tries are on the wire at once.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import type { FaultSpec, Instant, Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { createGate } from './gate.ts';
import { createPoster, type Poster } from './postJson.ts';
import { type Outcome, retryMinutes, shouldRetry } from './retrySchedule.ts';
import type { RecordType, Webhook } from './webhook.ts';

/** Enough to keep a receiver busy, few enough that a batch of 500 does not open 500 connections. */
const concurrencyMax = 32;
const agendaKind = 'postmark.webhook';
const minuteMs = 60_000;
/** A `slow` fault without `delayMs`. */
const slowDefaultMs = 1000;

export type Delivery = {
  serverId: number;
  webhookId: number;
  recordType: RecordType;
  body: string;
  traceId: string;
  eventId: string;
  /** 0 for the first try. */
  attempt: number;
  /** Was held back once, and is not again. */
  reordered: boolean;
};

export function scheduleDelivery({ world }: Postmark, delivery: Delivery, at: Instant): void {
  world.clock.schedule(at, agendaKind, delivery);
}

/** User-Agent and the three ids are Postmark's; then Basic credentials; then whatever the owner of the webhook asked for. */
export function webhookHeaders(webhook: Webhook, ids: { traceId: string; eventId: string; retriesRemaining: number }): OutgoingHttpHeaders {
  const basic = webhook.auth === null ? undefined : Buffer.from(`${webhook.auth.Username}:${webhook.auth.Password}`).toString('base64');
  return {
    'User-Agent': 'Postmark',
    'Content-Type': 'application/json',
    Accept: 'application/json',
    'Accept-Encoding': 'gzip, deflate',
    'X-PM-Retries-Remaining': String(ids.retriesRemaining),
    'X-PM-Webhook-Trace-Id': ids.traceId,
    'X-PM-Webhook-Event-Id': ids.eventId,
    ...(basic === undefined ? {} : { Authorization: `Basic ${basic}` }),
    ...Object.fromEntries(webhook.headers.map(({ Name, Value }) => [Name, Value])),
  };
}

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
    const webhook = webhooks.byId(delivery.serverId, delivery.webhookId);
    if (webhook === undefined || webhook.status !== 'verified') return;
    const fault = delivery.reordered ? null : world.faults.take('webhook', delivery.recordType, delivery.serverId);
    if (fault?.kind === 'drop') return;
    if (fault?.kind === 'reorder' && !webhooks.holding) {
      webhooks.hold({ ...delivery, reordered: true });
      return world.touched();
    }
    // An event held back while this one is already under way waits for the one after.
    const overtakes = webhooks.holding;
    world.calls.count('webhook', delivery.recordType);
    const outcome = await this.#underFault(webhook, delivery, fault);
    if (era !== this.#era) return;
    this.#settle(delivery, outcome, at);
    if (overtakes) this.releaseHeld();
  }

  releaseHeld(): void {
    const { webhooks, world } = this.#postmark;
    for (const held of webhooks.letGo()) scheduleDelivery(this.#postmark, held, world.clock.now());
  }

  async #underFault(webhook: Webhook, delivery: Delivery, fault: FaultSpec | null): Promise<Outcome> {
    switch (fault?.kind) {
      case 'status':
        return { kind: 'answered', status: fault.status ?? 503 };
      case 'throttle':
        return { kind: 'answered', status: 429 };
      case 'timeout-before':
        return { kind: 'noAnswer' };
      case 'timeout-after':
      case 'cut':
        await this.#post(webhook, delivery);
        return { kind: 'noAnswer' };
      case 'duplicate':
        this.#postmark.world.calls.count('webhook', delivery.recordType);
        await this.#post(webhook, delivery);
        return this.#post(webhook, delivery);
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? slowDefaultMs));
        return this.#post(webhook, delivery);
      default:
        return this.#post(webhook, delivery);
    }
  }

  #post(webhook: Webhook, delivery: Delivery): Promise<Outcome> {
    const { settings } = this.#postmark;
    const retriesRemaining = Math.max(0, retryMinutes(settings.webhookRetries.value, delivery.recordType).length - delivery.attempt);
    const headers = webhookHeaders(webhook, { ...delivery, retriesRemaining });
    return this.#poster.post(webhook.url, headers, delivery.body, settings.webhookTimeoutMs.value);
  }

  #settle(delivery: Delivery, outcome: Outcome, at: Instant): void {
    const generation = this.#postmark.settings.webhookRetries.value;
    const waitMinutes = retryMinutes(generation, delivery.recordType)[delivery.attempt];
    if (waitMinutes === undefined || !shouldRetry(generation, outcome)) return;
    scheduleDelivery(this.#postmark, { ...delivery, attempt: delivery.attempt + 1 }, at + waitMinutes * minuteMs);
  }
}

/** Registers the agenda's handler; called once per world. */
export function startDeliveries(postmark: Postmark): Deliveries {
  const poster = createPoster();
  const courier = new Courier(postmark, poster);
  const gate = createGate(concurrencyMax);
  postmark.world.clock.on(agendaKind, (payload: Json, at) => {
    const { era } = courier;
    return gate(() => courier.try(payload as Delivery, at, era));
  });
  postmark.world.faults.onClear(() => courier.releaseHeld());
  return { forget: () => courier.forget(), close: () => poster.close() };
}
