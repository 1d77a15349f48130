/**
 * Moves domain time, for the sandbox and for all who watch it, stepping over what falls due in order.
 *
 * Guarantee: at every stop all that is due has been started, and everyone has been told and has answered (or was passed over), before
 * time moves on. Advances are serialised.
 * Mechanism: the next stop is the earliest of the agenda's next item, the watchers' exact moments, their polls (thinned to one look per
 * 1/16 of the advance: 24 h of looks every 30 s is 17 stops, not 2,880), and the target.
 * Bounds: 2 s of process time without any of what the agenda started coming to an end, `patienceMs` for a watcher, 50 rounds a stop.
 */
import type { VirtualClock } from './virtualClock.ts';
import type { Watchers } from './watchers.ts';
import type { Instant } from './world.ts';

const pollStopsPerAdvance = 16;
const roundsPerStopMax = 50;
const quietLimitMs = 2000;

export interface Stepper {
  /** Moves time on by `durationMs` and answers when the target is reached and settled; `steps` counts the stops on the way. */
  advance(durationMs: number): Promise<{ now: Instant; steps: number }>;
}

const least = (values: readonly (number | null)[]): number => Math.min(...values.map((value) => value ?? Number.POSITIVE_INFINITY));

/**
 * The round is repeated at the same stop while it caused something: an item of ours started, or a watcher says that it has work due by now
 * (an event just reached it). Answers the last moment that everybody has been told of.
 */
async function settleStop(clock: VirtualClock, watchers: Watchers): Promise<Instant> {
  const passedOver = new Set<string>();
  let toldMs = clock.now();
  for (let round = 0; round < roundsPerStopMax; round += 1) {
    clock.runDue();
    await clock.quiet(quietLimitMs);
    const startedBefore = clock.started();
    toldMs = clock.now();
    await watchers.round({ nowMs: toldMs, offsetMs: clock.offsetMs() }, passedOver);
    // Against the present, not `toldMs`: what the round caused was scheduled for a moment within it.
    const nowMs = clock.now();
    const itemIsDue = (clock.nextAt() ?? Number.POSITIVE_INFINITY) <= nowMs || clock.started() !== startedBefore;
    const watcherIsDue = least(watchers.dues().flatMap((due) => [due.exactMs, due.pollMs])) <= nowMs;
    if (!itemIsDue && !(watcherIsDue && passedOver.size < watchers.count())) break;
  }
  return toldMs;
}

/** Moments up to `toldMs` have had their turn; one that is still named then is stuck, and must not hold time back. */
const after = (toldMs: Instant, moment: number | null): number | null => (moment !== null && moment > toldMs ? moment : null);

function nextStop(clock: VirtualClock, watchers: Watchers, stop: { toldMs: Instant; pollGapMs: number; targetMs: Instant }): Instant {
  const dues = watchers.dues();
  const exactMs = least(dues.map((due) => after(stop.toldMs, due.exactMs)));
  const pollMs = least(dues.map((due) => after(stop.toldMs, due.pollMs)));
  return Math.min(
    after(stop.toldMs, clock.nextAt()) ?? stop.targetMs,
    exactMs,
    Math.max(pollMs, stop.toldMs + stop.pollGapMs),
    stop.targetMs,
  );
}

async function advanceOnce(clock: VirtualClock, watchers: Watchers, durationMs: number): Promise<{ now: Instant; steps: number }> {
  const targetMs = clock.now() + durationMs;
  const pollGapMs = durationMs / pollStopsPerAdvance;
  let toldMs = await settleStop(clock, watchers);
  let steps = 1;
  while (toldMs < targetMs) {
    clock.moveTo(nextStop(clock, watchers, { toldMs, pollGapMs, targetMs }));
    toldMs = await settleStop(clock, watchers);
    steps += 1;
  }
  return { now: clock.now(), steps };
}

export function createStepper(clock: VirtualClock, watchers: Watchers): Stepper {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    advance: (durationMs) => {
      const mine = turn.then(() => advanceOnce(clock, watchers, durationMs));
      turn = mine.catch(() => {});
      return mine;
    },
  };
}
