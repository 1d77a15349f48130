/**
 * A loop that does what is due, then waits for a hint or for its poll. The poll is the truth: a hint that is lost costs `pollMs`, nothing else.
 * A pass that throws is told and tried again after the poll; it never ends the loop.
 */
import type { Lanes } from './lanes.ts';

/** Answers how much it did, or began. */
export type Pass = () => Promise<number>;

export interface Loop {
  start(): void;
  /** Look again soon; many calls are one. */
  wake(): void;
  /** Resolves when a pass that began after this call has found nothing to do, and nothing is under way. */
  settle(): Promise<void>;
  /** Starts nothing more, and resolves when the pass and the work under way are over. */
  stop(): Promise<void>;
}

/**
 * `lanes`: where the pass begins work that it does not wait for; null when it does all of it by itself. `gatherMs`: two passes begin at least so far
 * apart, so that under load each finds more to do at once; after a quiet spell a hint is followed at once all the same.
 */
export type LoopOptions = { lanes?: Lanes; gatherMs?: number };

export const loop = (pass: Pass, pollMs: number, onTrouble: (error: unknown) => void, { lanes, gatherMs = 0 }: LoopOptions = {}): Loop => {
  let running: Promise<number> | null = null;
  let again = false;
  let stopped = true;
  let timer: NodeJS.Timeout | null = null;
  let begunAt = Number.NEGATIVE_INFINITY;

  /** One pass at a time; the count says whether another is worth it. A failed pass counts as nothing done. */
  const once = (): Promise<number> => {
    running ??= pass()
      .catch((error: unknown) => {
        onTrouble(error);
        return 0;
      })
      .finally(() => {
        running = null;
      });
    return running;
  };

  const rest = (): void => {
    if (stopped) return;
    timer = setTimeout(turn, pollMs);
  };

  const soon = (): void => {
    const restMs = begunAt + gatherMs - performance.now();
    if (restMs > 0) timer = setTimeout(turn, restMs);
    else setImmediate(turn);
  };

  const turn = (): void => {
    timer = null;
    if (stopped) return;
    begunAt = performance.now();
    // A pass that is under way began before the hint that brought us here, and may have looked too early.
    again = running !== null;
    void once().then((done) => {
      if (stopped) return;
      if (done > 0 || again) soon();
      else rest();
    });
  };

  return {
    start() {
      stopped = false;
      turn();
    },
    wake() {
      again = true;
      if (timer === null || stopped) return;
      clearTimeout(timer);
      timer = null;
      soon();
    },
    async settle() {
      if (running !== null) await running;
      await lanes?.idle();
      for (let did = 1; did > 0 && !stopped; ) {
        const before = lanes?.done() ?? 0;
        const began = await once();
        await lanes?.idle();
        did = lanes === undefined ? began : lanes.done() - before;
      }
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      if (running !== null) await running;
      await lanes?.idle();
    },
  };
};
