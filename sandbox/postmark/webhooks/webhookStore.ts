/** The webhooks of each server, and the events that a `reorder` fault holds back. */
import type { Delivery } from './delivery.ts';
import type { Webhook } from './webhook.ts';

const firstId = 1_234_001;

/** An older snapshot knows nothing of pauses. */
type SavedWebhook = Omit<Webhook, 'paused' | 'lost'> & Partial<Pick<Webhook, 'paused' | 'lost'>>;

export type SavedWebhooks = { nextId: number; webhooks: SavedWebhook[]; held: Delivery[] };

export class WebhookStore {
  #nextId = firstId;
  readonly #byServer = new Map<number, Map<number, Webhook>>();
  #held: Delivery[] = [];

  takeId(): number {
    this.#nextId += 1;
    return this.#nextId - 1;
  }

  byId(serverId: number, id: number): Webhook | undefined {
    return this.#byServer.get(serverId)?.get(id);
  }

  ofServer(serverId: number): Webhook[] {
    return [...(this.#byServer.get(serverId)?.values() ?? [])];
  }

  add(webhook: Webhook): void {
    const known = this.#byServer.get(webhook.serverId) ?? new Map<number, Webhook>();
    known.set(webhook.id, webhook);
    this.#byServer.set(webhook.serverId, known);
  }

  remove(webhook: Webhook): void {
    this.#byServer.get(webhook.serverId)?.delete(webhook.id);
  }

  removeServer(serverId: number): void {
    this.#byServer.delete(serverId);
  }

  get holding(): boolean {
    return this.#held.length > 0;
  }

  hold(delivery: Delivery): void {
    this.#held.push(delivery);
  }

  /** Answers what was held, which is held no longer. */
  letGo(): Delivery[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  save(): SavedWebhooks {
    return { nextId: this.#nextId, webhooks: [...this.#byServer.keys()].flatMap((id) => this.ofServer(id)), held: this.#held };
  }

  restore(saved: SavedWebhooks): void {
    this.reset();
    this.#nextId = saved.nextId;
    for (const webhook of structuredClone(saved.webhooks)) this.add({ ...webhook, paused: webhook.paused ?? [], lost: webhook.lost ?? {} });
    this.#held = structuredClone(saved.held);
  }

  reset(): void {
    this.#nextId = firstId;
    this.#byServer.clear();
    this.#held = [];
  }
}
