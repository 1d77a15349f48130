/** The bounces of each server, oldest first, for as long as mail is kept; beyond what a long load test should keep in memory the oldest go. */
import type { Instant } from '../../world/world.ts';
import type { Bounce } from './bounce.ts';

const firstId = 692_560_173;
const bouncesMax = 200_000;

export type SavedBounces = { nextId: number; bounces: Bounce[] };

export class BounceStore {
  #nextId = firstId;
  readonly #byId = new Map<number, Bounce>();
  readonly #byServer = new Map<number, Set<Bounce>>();

  readonly #keptSince: () => Instant;

  constructor(keptSince: () => Instant) {
    this.#keptSince = keptSince;
  }

  takeId(): number {
    this.#nextId += 1;
    return this.#nextId - 1;
  }

  add(bounce: Bounce): void {
    this.#index(bounce);
    const [oldest] = this.#byId.values();
    if (oldest !== undefined && (this.#byId.size > bouncesMax || oldest.at <= this.#keptSince())) this.#remove(oldest);
  }

  byId(serverId: number, id: number): Bounce | undefined {
    const bounce = this.#byId.get(id);
    return bounce?.serverId === serverId && bounce.at > this.#keptSince() ? bounce : undefined;
  }

  /** Oldest first. */
  ofServer(serverId: number): Bounce[] {
    const since = this.#keptSince();
    return [...(this.#byServer.get(serverId) ?? [])].filter(({ at }) => at > since);
  }

  /** The address may be mailed again. */
  reactivate(serverId: number, stream: string, email: string): void {
    for (const bounce of this.#byServer.get(serverId) ?? []) {
      if (bounce.stream === stream && bounce.email.toLowerCase() === email.toLowerCase()) bounce.inactive = false;
    }
  }

  /** For good: somebody asked that nothing of this address be kept. */
  forget(serverId: number, email: string): void {
    for (const bounce of this.#byServer.get(serverId) ?? []) if (bounce.email.toLowerCase() === email.toLowerCase()) this.#remove(bounce);
  }

  removeServer(serverId: number): void {
    for (const bounce of this.#byServer.get(serverId) ?? []) this.#remove(bounce);
  }

  save(): SavedBounces {
    return { nextId: this.#nextId, bounces: [...this.#byId.values()] };
  }

  restore(saved: SavedBounces): void {
    this.reset();
    this.#nextId = saved.nextId;
    for (const bounce of structuredClone(saved.bounces)) this.#index(bounce);
  }

  reset(): void {
    this.#nextId = firstId;
    this.#byId.clear();
    this.#byServer.clear();
  }

  #index(bounce: Bounce): void {
    this.#byId.set(bounce.id, bounce);
    const known = this.#byServer.get(bounce.serverId);
    if (known === undefined) this.#byServer.set(bounce.serverId, new Set([bounce]));
    else known.add(bounce);
  }

  #remove(bounce: Bounce): void {
    this.#byId.delete(bounce.id);
    this.#byServer.get(bounce.serverId)?.delete(bounce);
  }
}
