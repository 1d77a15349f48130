/** Whom a stream of a server must not mail. Addresses are one whatever their case. */
import type { Instant } from '../../world/world.ts';

export type Suppression = {
  serverId: number;
  stream: string;
  email: string;
  reason: 'HardBounce' | 'SpamComplaint' | 'ManualSuppression';
  origin: 'Recipient' | 'Customer' | 'Admin';
  at: Instant;
};

export class SuppressionStore {
  readonly #byServer = new Map<number, Map<string, Suppression>>();

  get(serverId: number, stream: string, email: string): Suppression | undefined {
    return this.#byServer.get(serverId)?.get(keyOf(stream, email));
  }

  has(serverId: number, stream: string, email: string): boolean {
    return this.get(serverId, stream, email) !== undefined;
  }

  /** In the order in which they were made. */
  ofServer(serverId: number): Suppression[] {
    return [...(this.#byServer.get(serverId)?.values() ?? [])];
  }

  add(suppression: Suppression): void {
    const known = this.#byServer.get(suppression.serverId) ?? new Map<string, Suppression>();
    known.set(keyOf(suppression.stream, suppression.email), suppression);
    this.#byServer.set(suppression.serverId, known);
  }

  remove(serverId: number, stream: string, email: string): void {
    this.#byServer.get(serverId)?.delete(keyOf(stream, email));
  }

  removeServer(serverId: number): void {
    this.#byServer.delete(serverId);
  }

  save(): Suppression[] {
    return [...this.#byServer.keys()].flatMap((serverId) => this.ofServer(serverId));
  }

  restore(saved: readonly Suppression[]): void {
    this.reset();
    for (const suppression of structuredClone(saved)) this.add(suppression);
  }

  reset(): void {
    this.#byServer.clear();
  }
}

const keyOf = (stream: string, email: string): string => `${stream} ${email.toLowerCase()}`;
