/**
 * Domain time of the sandbox, and the agenda of what happens later.
 *
 * Guarantee: due items start strictly in order of `at`, then of scheduling, and each starts once; time never goes back.
 * Mechanism: now = real time + offset; one timer is armed for the next item as real time passes; `moveTo` only ever raises the offset.
 * A handler may answer a promise (a webhook delivery): it is under way until that settles, and does not hold up the items behind it.
 * Crash: the agenda is data, saved with the snapshot; an item that was under way when the process died has left the agenda and is lost,
 * as a callback of the real provider would be that died on the wire.
 */
import { logFault, logLine } from './log.ts';
import type { AgendaHandler, AgendaItem, Instant, Json, WorldClock } from './world.ts';

/** Longest delay that setTimeout takes; a later item is looked at again then. */
const timerMaxMs = 2_147_483_647;

export type SavedClock = { offsetMs: number; nextId: number; agenda: AgendaItem[] };

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
  /** Waits until what is under way has settled, at most `limitMs` of process time. */
  quiet(limitMs: number): Promise<void>;
  save(): SavedClock;
  restore(saved: SavedClock): void;
  /** Forgets the agenda. The offset stays: time never goes back for those who follow it. */
  reset(): void;
  /** Nothing of the agenda starts by itself any more. */
  close(): void;
}

const inOrder = (a: AgendaItem, b: AgendaItem) => a.at - b.at || a.id - b.id;

/** Index at which `item` keeps the agenda sorted; a binary search, since batches schedule thousands of items. */
function slotFor(agenda: readonly AgendaItem[], item: AgendaItem): number {
  let low = 0;
  let high = agenda.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = agenda[middle];
    if (other !== undefined && inOrder(other, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

class AgendaClock implements VirtualClock {
  #offsetMs = 0;
  #last: Instant = 0;
  #nextId = 1;
  #started = 0;
  #isClosed = false;
  #agenda: AgendaItem[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #handlers = new Map<string, AgendaHandler>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #touched: () => void;

  constructor(touched: () => void) {
    this.#touched = touched;
  }

  now(): Instant {
    this.#last = Math.max(this.#last, Date.now() + this.#offsetMs);
    return this.#last;
  }

  offsetMs(): number {
    return this.#offsetMs;
  }

  on(kind: string, handler: AgendaHandler): void {
    if (this.#handlers.has(kind)) throw new Error(`agenda kind '${kind}' has a handler already; register each kind once`);
    this.#handlers.set(kind, handler);
  }

  schedule(at: Instant, kind: string, payload: Json): number {
    const item: AgendaItem = { id: this.#nextId, at, kind, payload };
    this.#nextId += 1;
    this.#agenda.splice(slotFor(this.#agenda, item), 0, item);
    this.#changed();
    return item.id;
  }

  cancel(id: number): void {
    const index = this.#agenda.findIndex((item) => item.id === id);
    if (index === -1) return;
    this.#agenda.splice(index, 1);
    this.#changed();
  }

  nextAt(): Instant | null {
    return this.#agenda[0]?.at ?? null;
  }

  moveTo(at: Instant): void {
    const offsetMs = Math.ceil(at - Date.now());
    if (offsetMs <= this.#offsetMs) return;
    this.#offsetMs = offsetMs;
    this.#changed();
  }

  runDue(): void {
    for (let item = this.#agenda[0]; item !== undefined && item.at <= this.now(); item = this.#agenda[0]) {
      this.#agenda.shift();
      this.#start(item);
    }
    this.#changed();
  }

  started(): number {
    return this.#started;
  }

  async quiet(limitMs: number): Promise<void> {
    if (this.#underWay.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([Promise.all(this.#underWay), limit]);
    clearTimeout(timer);
  }

  save(): SavedClock {
    return { offsetMs: this.#offsetMs, nextId: this.#nextId, agenda: structuredClone(this.#agenda) };
  }

  restore(saved: SavedClock): void {
    this.#offsetMs = saved.offsetMs;
    this.#nextId = saved.nextId;
    this.#agenda = [...saved.agenda].sort(inOrder);
    this.#arm();
  }

  reset(): void {
    this.#agenda = [];
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
    const first = this.#agenda[0];
    if (first === undefined || this.#isClosed) return;
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

export function createVirtualClock(options: { startAt?: Instant; touched: () => void }): VirtualClock {
  const clock = new AgendaClock(options.touched);
  if (options.startAt !== undefined) clock.restore({ offsetMs: options.startAt - Date.now(), nextId: 1, agenda: [] });
  return clock;
}
