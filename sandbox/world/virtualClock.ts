/**
 * Domain time of the sandbox, and the agenda of what happens later.
 *
 * Guarantee: due items start strictly in order of `at`, then of scheduling, and each starts once; time never goes back.
 * Mechanism: now = real time + offset; one timer is armed for the next item as real time passes; `moveTo` only ever raises the offset.
 * A stopped clock stands still instead, moves with `moveTo` alone, and starts nothing by itself, not even what is due: then every moment, and what has
 * happened by then, follows from the calls and not from how fast they came.
 * A handler may answer a promise (a webhook delivery): it is under way until that settles, and does not hold up the items behind it.
 * Crash: the agenda is data, saved with the snapshot; an item that was under way when the process died has left the agenda and is lost,
 * as a callback of the real provider would be that died on the wire.
 */
import { Agenda } from './agenda.ts';
import { logFault, logLine } from './log.ts';
import type { AgendaHandler, AgendaItem, Instant, Json, WorldClock } from './world.ts';

/** Longest delay that setTimeout takes; a later item is looked at again then. */
const timerMaxMs = 2_147_483_647;

/** `standsAt`: exactly where a stopped clock stood. */
export type SavedClock = { offsetMs: number; standsAt?: Instant; nextId: number; agenda: AgendaItem[] };

export interface VirtualClock extends WorldClock {
  /** Domain time minus real time. */
  offsetMs(): number;
  /** When the first item of the agenda falls due; null when it is empty. */
  nextAt(): Instant | null;
  /** Raise the offset so that now is at least `at`. Items that fall due by it start with the next `runDue` or timer. */
  moveTo(at: Instant): void;
  /** Start all items that are due now. */
  runDue(): void;
  /** How many items have started since the process began; a change means that something happened. */
  started(): number;
  /**
   * Waits until what is under way has settled, or until none of it has for `limitMs` of process time; what is left then is not waited for
   * again.
   */
  quiet(limitMs: number): Promise<void>;
  save(): SavedClock;
  restore(saved: SavedClock): void;
  /** Forgets the agenda. The offset stays: time never goes back for those who follow it. */
  reset(): void;
  /** Nothing of the agenda starts by itself any more. */
  close(): void;
}

export type ClockPace = 'real' | 'stopped';

/** However many callbacks a large batch caused, and however steadily they go out. */
const quietMaxMs = 30_000;

async function within(limitMs: number, settled: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const isSettled = await Promise.race([settled, limit]);
  clearTimeout(timer);
  return isSettled;
}

class AgendaClock implements VirtualClock {
  #offsetMs = 0;
  /** Where a stopped clock stands. */
  #standsAt: Instant | null;
  #last: Instant = 0;
  #nextId = 1;
  #started = 0;
  #isClosed = false;
  readonly #agenda = new Agenda();
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #handlers = new Map<string, AgendaHandler>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #touched: () => void;

  constructor(pace: ClockPace, touched: () => void) {
    this.#standsAt = pace === 'stopped' ? Date.now() : null;
    this.#touched = touched;
  }

  now(): Instant {
    if (this.#standsAt !== null) return this.#standsAt;
    this.#last = Math.max(this.#last, Date.now() + this.#offsetMs);
    return this.#last;
  }

  offsetMs(): number {
    return this.#standsAt === null ? this.#offsetMs : this.#standsAt - Date.now();
  }

  on(kind: string, handler: AgendaHandler): void {
    if (this.#handlers.has(kind)) throw new Error(`agenda kind '${kind}' has a handler already; register each kind once`);
    this.#handlers.set(kind, handler);
  }

  schedule(at: Instant, kind: string, payload: Json): number {
    const item: AgendaItem = { id: this.#nextId, at, kind, payload };
    this.#nextId += 1;
    this.#agenda.add(item);
    this.#changed();
    return item.id;
  }

  cancel(id: number): void {
    if (this.#agenda.cancel(id)) this.#changed();
  }

  nextAt(): Instant | null {
    return this.#agenda.first()?.at ?? null;
  }

  moveTo(at: Instant): void {
    if (this.#standsAt !== null) {
      this.#standsAt = Math.max(this.#standsAt, Math.ceil(at));
      this.#changed();
      return;
    }
    const offsetMs = Math.ceil(at - Date.now());
    if (offsetMs <= this.#offsetMs) return;
    this.#offsetMs = offsetMs;
    this.#changed();
  }

  runDue(): void {
    for (let item = this.#agenda.first(); item !== null && item.at <= this.now(); item = this.#agenda.first()) {
      this.#agenda.take();
      this.#start(item);
    }
    this.#changed();
  }

  started(): number {
    return this.#started;
  }

  async quiet(limitMs: number): Promise<void> {
    const waited = [...this.#underWay];
    const settled = Promise.all(waited).then(() => true);
    const endMs = performance.now() + quietMaxMs;
    for (let left = waited.length; left > 0 && performance.now() < endMs; ) {
      if (await within(limitMs, settled)) return;
      const stillLeft = waited.filter((running) => this.#underWay.has(running)).length;
      if (stillLeft === left) break;
      left = stillLeft;
    }
    // Whoever took longer is not waited for again: one receiver that hangs must not cost every later stop its limit.
    for (const running of waited) this.#underWay.delete(running);
  }

  inTurn<T>(fromOutside: Promise<T>): Promise<T> {
    if (this.#standsAt === null) return fromOutside;
    const turn = this.#turn.then(() => fromOutside);
    // What follows from it is done in microtasks, which are over when the next turn of the event loop begins.
    const dealtWith = () => new Promise((resolve) => setImmediate(resolve));
    this.#turn = turn.then(dealtWith, dealtWith);
    fromOutside.catch(() => {});
    return turn;
  }

  save(): SavedClock {
    const stands = this.#standsAt === null ? {} : { standsAt: this.#standsAt };
    return { offsetMs: this.offsetMs(), ...stands, nextId: this.#nextId, agenda: this.#agenda.items() };
  }

  restore(saved: SavedClock): void {
    this.#offsetMs = saved.offsetMs;
    if (this.#standsAt !== null) this.#standsAt = saved.standsAt ?? Date.now() + saved.offsetMs;
    this.#nextId = saved.nextId;
    this.#agenda.replace(saved.agenda);
    this.#arm();
  }

  reset(): void {
    this.#agenda.replace([]);
    this.#nextId = 1;
    this.#changed();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #changed(): void {
    this.#touched();
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const first = this.#agenda.first();
    if (first === null || this.#isClosed || this.#standsAt !== null) return;
    const delayMs = Math.min(Math.max(0, first.at - this.now()), timerMaxMs);
    this.#timer = setTimeout(() => this.runDue(), delayMs).unref();
  }

  #start(item: AgendaItem): void {
    this.#started += 1;
    const handler = this.#handlers.get(item.kind);
    if (handler === undefined) {
      logLine(`agenda item of kind '${item.kind}' has no handler and is dropped`);
      return;
    }
    const failed = (cause: unknown) => logFault(`agenda item of kind '${item.kind}' failed`, cause);
    try {
      const running = handler(item.payload, item.at);
      if (!(running instanceof Promise)) return;
      const settled: Promise<void> = running.catch(failed).finally(() => this.#underWay.delete(settled));
      this.#underWay.add(settled);
    } catch (cause) {
      failed(cause);
    }
  }
}

export function createVirtualClock(options: { startAt?: Instant; pace?: ClockPace; touched: () => void }): VirtualClock {
  const clock = new AgendaClock(options.pace ?? 'real', options.touched);
  if (options.startAt !== undefined)
    clock.restore({ offsetMs: options.startAt - Date.now(), standsAt: options.startAt, nextId: 1, agenda: [] });
  return clock;
}
