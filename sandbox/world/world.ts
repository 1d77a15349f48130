/**
 * What every room of the sandbox shares: one clock, one seed, one book of faults, one call log.
 *
 * Guarantee: the same calls in the same order, with the same seed, give the same state and the same callbacks at the same virtual times.
 * Mechanism: anything that happens later is *data* in the clock's agenda ({ at, kind, payload }), never a closure, so it can be saved,
 * restored and stepped over; every random choice draws from `random`.
 */

/** Milliseconds since the epoch, in domain time. */
export type Instant = number;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type AgendaItem = { id: number; at: Instant; kind: string; payload: Json };

export type AgendaHandler = (payload: Json, at: Instant) => void | Promise<void>;

export interface WorldClock {
  /** Domain time now; runs at the pace of real time, plus everything that was advanced. Never goes back. */
  now(): Instant;
  /** Register, once at start, what an agenda item of this kind does. */
  on(kind: string, handler: AgendaHandler): void;
  /** Due items run in order of `at`, then of scheduling. Answers the item's id. */
  schedule(at: Instant, kind: string, payload: Json): number;
  /** Nothing happens when the item has run already. */
  cancel(id: number): void;
  /**
   * What comes back from outside, of work that an item of the agenda began: with a stopped clock not before all that was handed in earlier has come back and
   * been dealt with, so that what follows from it does not depend on who was faster. A clock that runs lets it through as it comes.
   */
  inTurn<T>(fromOutside: Promise<T>): Promise<T>;
}

export interface WorldRandom {
  /** In [0, 1). */
  next(): number;
  /** Lower-case UUID (version 4 layout) drawn from the seed. */
  uuid(): string;
  /** `n` bytes drawn from the seed. */
  bytes(n: number): Buffer;
  /** Integer in [min, max]. */
  integer(min: number, max: number): number;
  /** A stream of its own, so that what one room draws does not depend on how often its neighbours were called. Same label, same stream. */
  fork(label: string): WorldRandom;
}

export type ServiceName = 'postmark' | 'route53' | 'kms' | 'dns' | 'webhook' | 'sentry' | 'resolver' | 'aws';

export type FaultKind = 'status' | 'timeout-before' | 'timeout-after' | 'cut' | 'throttle' | 'slow' | 'duplicate' | 'drop' | 'reorder';

/** As posted to `POST /fault`. `times` and `probability` exclude each other; neither means "until cleared". */
export type FaultSpec = {
  service: ServiceName;
  operation?: string;
  kind: FaultKind;
  times?: number;
  probability?: number;
  status?: number;
  errorCode?: number | string;
  delayMs?: number;
  server?: number;
};

export interface FaultBook {
  add(spec: FaultSpec): void;
  clear(): void;
  list(): readonly FaultSpec[];
  /**
   * The fault that this call meets, used up by one if it is counted. `operation` as in http-api: `PUT /domains/{id}/verifyDkim` for Postmark,
   * an action name for AWS, a record type for DNS, a record type (`Bounce`) for webhooks. Compared without regard to case.
   */
  take(service: ServiceName, operation: string, server?: number): FaultSpec | null;
  /** Called after every `clear`: a room lets go of what a fault made it hold back. */
  onClear(listener: () => void): void;
}

/** How a call ended. `status` null: nothing was answered. */
export type CallOutcome = { status: number | null; code?: string | null; fault?: FaultKind | null };

export interface CallLog {
  /** `subject`: what may be shown of the call besides, and holds no secret. What it answers is told the outcome, by whoever knows it. */
  count(service: ServiceName, operation: string, subject?: string): (outcome: CallOutcome) => void;
  counts(): Record<ServiceName, Record<string, number>>;
}

/** `true` and `0` are defaults, not the only values: a switch is a boolean, a number any number. */
export type Widened<T> = T extends boolean ? boolean : T extends number ? number : T;

/** Settings that change how the outside world behaves; `POST /settings` merges into them. Each room declares its own defaults. */
export interface WorldSettings {
  /**
   * Declare a setting with its default; called once per room at start. Unknown names posted to `/settings` are refused with a suggestion,
   * and so are values of another type than the default's, negative numbers, and values outside `allowed` when it is given.
   */
  declare<T extends Json>(name: string, fallback: T, allowed?: readonly Widened<T>[]): { readonly value: Widened<T> };
}

export interface World {
  readonly clock: WorldClock;
  readonly random: WorldRandom;
  readonly faults: FaultBook;
  readonly calls: CallLog;
  readonly settings: WorldSettings;
  /** Called by a room whenever its state has changed, so that the snapshot is written. */
  touched(): void;
}

/** One room of the outside world: a thing with state that can be shown, saved, restored, and forgotten. */
export interface Room {
  readonly name: string;
  /** What `GET /state` shows under this room's name. */
  show(): Json;
  /** Everything needed to be the same room again after a restart of the process. */
  save(): Json;
  restore(saved: Json): void;
  /** Back to the seed. */
  reset(): void;
}
