/**
 * Those who live in the sandbox's time: services that follow the clock over `GET /clock/watch` and say when their next work falls due.
 *
 * Guarantee: a settle round ends when every watcher has answered that step, has gone, or has been passed over after its patience ran out.
 * One that missed a round and has said nothing since is given only `patienceAfterMissMs` in later rounds, so that a stopped process
 * delays a long advance by seconds and not by minutes.
 */
import type { Instant } from './world.ts';

export type StepLine = { seq: number; nowMs: Instant; offsetMs: number; settle: true };
export type FirstLine = { watcher: string; seq: number; nowMs: Instant; offsetMs: number };
export type Due = { exactMs: Instant | null; pollMs: Instant | null };

/** A healthy service settles within milliseconds; its own calls outwards give up after 3 s beside a sandbox. */
const patienceMs = 4000;
const patienceAfterMissMs = 200;

type Watcher = {
  id: string;
  send: (line: StepLine) => void;
  due: Due;
  answeredSeq: number;
  missed: boolean;
  wake: () => void;
};

export type SettleOutcome = 'settled' | 'late' | 'unknown-watcher';

export interface Watchers {
  /** Starts a watcher; `first` is the line it is to be told before all others. */
  add(send: (line: StepLine) => void, clock: { nowMs: Instant; offsetMs: number }): { id: string; first: FirstLine; remove: () => void };
  settled(id: string, seq: number, due: Due): SettleOutcome;
  /** One round: tells everyone but `passedOver`, waits, and adds those who did not answer to `passedOver`. */
  round(clock: { nowMs: Instant; offsetMs: number }, passedOver: Set<string>): Promise<void>;
  dues(): readonly Due[];
  count(): number;
}

function answered(watcher: Watcher, seq: number, isGone: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), watcher.missed ? patienceAfterMissMs : patienceMs);
    watcher.wake = () => {
      if (watcher.answeredSeq < seq && !isGone()) return;
      clearTimeout(limit);
      resolve(true);
    };
    watcher.wake();
  });
}

export function createWatchers(): Watchers {
  const watchers = new Map<string, Watcher>();
  let lastSeq = 0;
  let lastId = 0;

  function add(send: (line: StepLine) => void, clock: { nowMs: Instant; offsetMs: number }) {
    lastId += 1;
    const watcher: Watcher = {
      id: `w${lastId}`,
      send,
      due: { exactMs: null, pollMs: null },
      answeredSeq: 0,
      missed: false,
      wake: () => {},
    };
    watchers.set(watcher.id, watcher);
    const remove = () => {
      watchers.delete(watcher.id);
      watcher.wake();
    };
    return { id: watcher.id, first: { watcher: watcher.id, seq: lastSeq, ...clock }, remove };
  }

  function settled(id: string, seq: number, due: Due): SettleOutcome {
    const watcher = watchers.get(id);
    if (watcher === undefined) return 'unknown-watcher';
    watcher.missed = false;
    if (seq < watcher.answeredSeq) return 'late';
    watcher.due = due;
    watcher.answeredSeq = seq;
    watcher.wake();
    return seq === lastSeq ? 'settled' : 'late';
  }

  async function round(clock: { nowMs: Instant; offsetMs: number }, passedOver: Set<string>): Promise<void> {
    lastSeq += 1;
    const seq = lastSeq;
    const asked = [...watchers.values()].filter((watcher) => !passedOver.has(watcher.id));
    for (const watcher of asked) watcher.send({ seq, ...clock, settle: true });
    const wait = async (watcher: Watcher) => {
      if (await answered(watcher, seq, () => !watchers.has(watcher.id))) return;
      watcher.missed = true;
      passedOver.add(watcher.id);
    };
    await Promise.all(asked.map(wait));
  }

  return { add, settled, round, dues: () => [...watchers.values()].map((watcher) => watcher.due), count: () => watchers.size };
}
