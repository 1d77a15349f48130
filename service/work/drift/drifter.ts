/**
 * Carries out runs: those of the tick, and those that operators ask for.
 *
 * Guarantee: one run at a time in the whole partition, and one of the tick in an interval, whatever the number of replicas. A run whose process dies is done
 * again by whoever looks next.
 * Mechanism: a run is a row; an advisory lock is held while one is carried out, and Postgres lets go of it when its holder's session ends.
 */
import type { AssertionName } from '../../core/drift/findings.ts';
import { tryWithLock } from '../../store/advisoryLocks.ts';
import { hasWaitingCorrection } from '../../store/driftPlans.ts';
import { isRunning } from '../../store/driftReads.ts';
import { beginRun, finishRun, lastTickAt, requestRun, type WaitingRun } from '../../store/driftRuns.ts';
import type { Caller } from '../outcomes.ts';
import type { WorkContext } from '../workContext.ts';
import { carryOutCorrections } from './carryOutCorrections.ts';
import type { DriftContext } from './driftContext.ts';
import { driftLock } from './plans.ts';
import { RunStopped } from './readPages.ts';
import { runAssertions } from './run.ts';

/** Ticks of several processes are not in step: what is nearly due counts as due, or the next process would be the one, later and later. */
const nearlyDue = 0.9;
const minuteMs = 60_000;
/** Domain time. */
const correctAgainMs = 30_000;

type Needs = {
  /** What the tick asserts. */
  enabled: readonly AssertionName[];
  intervalMinutes: number;
  /** Reads the material registry again: what is asserted is what it says now. */
  refreshRegistry: () => Promise<void>;
  /** Does a work that makes much garbage. */
  frugally: <T>(work: () => Promise<T>) => Promise<T>;
};

export type Drifter = {
  /** The registry-refresh tick has passed. */
  ticked(): void;
  /** Carries out what waits; answers how many runs. */
  pass(): Promise<number>;
};

export const requestDriftRun = (ctx: DriftContext, assertions: readonly AssertionName[], { author, requestId }: Caller): Promise<string> =>
  requestRun(ctx.db, { id: ctx.newId(), trigger: 'operator', author, requestId, assertions, requestedAt: ctx.now() });

export const drifter = (ctx: WorkContext, { enabled, intervalMinutes, refreshRegistry, frugally }: Needs): Drifter => {
  let hasTicked = false;
  let correctsFrom = 0;

  const requestTick = async (): Promise<void> => {
    const last = await lastTickAt(ctx.db);
    const now = ctx.now();
    if (last !== null && now.getTime() - last.getTime() < intervalMinutes * minuteMs * nearlyDue) return;
    const id = ctx.newId();
    await requestRun(ctx.db, { id, trigger: 'tick', author: 'postroute', requestId: id, assertions: enabled, requestedAt: now });
  };

  const carryOut = async (run: WaitingRun): Promise<number> => {
    try {
      await finishRun(ctx.db, run.id, await frugally(() => runAssertions(ctx, run)), ctx.now());
      return 1;
    } catch (error) {
      if (error instanceof RunStopped) return 0;
      throw error;
    }
  };

  /** What the outside did not answer waits a while. */
  const correct = async (): Promise<number> => {
    const ended = await carryOutCorrections(ctx);
    if (await hasWaitingCorrection(ctx.db)) correctsFrom = ctx.now().getTime() + correctAgainMs;
    return ended;
  };

  return {
    ticked() {
      hasTicked = enabled.length > 0;
    },
    async pass() {
      const ticks = hasTicked;
      const corrects = ctx.now().getTime() >= correctsFrom && (await hasWaitingCorrection(ctx.db));
      if (!ticks && !corrects && !(await isRunning(ctx.db))) return 0;
      const done = await tryWithLock(ctx.db, driftLock, async () => {
        const corrected = corrects ? await correct() : 0;
        if (ticks) await requestTick();
        hasTicked &&= !ticks;
        const run = await beginRun(ctx.db, ctx.now());
        if (run === null) return corrected;
        // The tick has just done it.
        if (!ticks) await refreshRegistry();
        return corrected + (await carryOut(run));
      });
      return done ?? 0;
    },
  };
};
