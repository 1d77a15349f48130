/**
 * The worker role: every loop of this process, its heartbeat, and what a virtual clock asks of it.
 *
 * Order of a start: heartbeat first, so that what we claim is held; then the sweep and the reconciliation; then the loops. Order of a stop: no more
 * claims, what is under way ends, what was not begun is handed back, and the heartbeat ends last.
 */
import type { NextDue } from '../ports/ports.ts';
import { nextDue } from '../store/reconciliation.ts';
import { analyzeGrown } from '../store/tableStatistics.ts';
import { dropLease, renewLease } from '../store/workerLeases.ts';
import { resolveHeld } from './heldResolver.ts';
import { type Lanes, lanes } from './lanes.ts';
import { looksUnderWayMax, runLooks } from './looks.ts';
import { type Loop, loop } from './loop.ts';
import { matchEvents, projectEvents } from './projector.ts';
import { turnRotations } from './rotation/rotations.ts';
import { handBackEffects, runEffects } from './runner.ts';
import type { Sender } from './sender.ts';
import { reconcile, sweep } from './tick.ts';
import { type HintKind, heartbeatsPerLease, type WorkContext, type WorkSettings } from './workContext.ts';
import { writeZone } from './zoneWriter.ts';

export interface Worker {
  start(): Promise<void>;
  wake(kind: HintKind): void;
  /** Does everything that is due at the present domain time, and answers what falls due next. */
  settle(): Promise<NextDue>;
  stop(): Promise<void>;
  /** A stop that may not wait any longer: whatever is under way is nobody's from now on, as after a crash, without the wait for the lease. */
  abandon(): Promise<void>;
}

/** Look-ups of held jobs under way at once; Postmark's own limit of calls at once stands behind it. */
const looksAtOnce = 50;
/** Often enough that a dead holder is noticed soon after its lease, seldom enough to cost nothing. Process time. */
const sweepEveryMs = 2_000;
/** What falls due once in an interval need not be looked for twice a second: a tenth of the interval, and at most two seconds. Process time. */
const looksRestMs = ({ pollingIntervalSeconds }: WorkSettings): number => Math.min(2_000, pollingIntervalSeconds * 100);
/** A rotation that nobody was told of begins this much later; process time. */
const rotationRestMs = 1_000;
/**
 * A pass of the sender or the projector costs Postgres more before its first row than many rows do, and under load every group of requests hints at
 * another: so far apart they take what came in meanwhile together. Process time.
 */
const gatherMs = 20;
/** A virtual clock waits for us only so long (process time); what is not done by then is done after. */
const settleAtMostMs = 3_000;

export const worker = (ctx: WorkContext, sender: Sender, pollMs: number): Worker => {
  const trouble = (where: string) => (error: unknown) => ctx.observe.trouble(where, error);
  const { effectConcurrency, sendConcurrency } = ctx.settings;
  const laned = (
    kind: HintKind,
    where: string,
    count: number,
    pass: (open: Lanes) => Promise<number>,
    restMs = pollMs,
    gatherMs = 0,
  ): Loop => {
    const open = lanes(count, () => loops[kind].wake(), trouble(where));
    return loop(() => pass(open), restMs, trouble(where), { lanes: open, gatherMs });
  };
  const loops: Record<HintKind, Loop> = {
    effects: laned('effects', 'runner', effectConcurrency, (open) => runEffects(ctx, open)),
    looks: laned('looks', 'verification', looksUnderWayMax, (open) => runLooks(ctx, open), Math.max(pollMs, looksRestMs(ctx.settings))),
    jobs: laned('jobs', 'sender', sendConcurrency, (open) => sender.pass(open), pollMs, gatherMs),
    held: laned('held', 'held jobs', looksAtOnce, (open) => resolveHeld(ctx, open)),
    events: loop(() => projectEvents(ctx), pollMs, trouble('projector'), { gatherMs }),
    zone: loop(() => writeZone(ctx), pollMs, trouble('zone writer')),
    rotations: loop(() => turnRotations(ctx), Math.max(pollMs, rotationRestMs), trouble('rotation')),
  };
  const sweeper = loop(
    async () => (await ctx.leftovers.pass()) + (await sweep(ctx)) + (await matchEvents(ctx)) + (await reconcile(ctx)),
    sweepEveryMs,
    trouble('sweep'),
  );
  // By itself: a table that cannot be analyzed keeps no dead holder's work waiting. And none at once again: it would be the one that was left out.
  const statistics = loop(() => analyzeGrown(ctx.db).then(() => 0), sweepEveryMs, trouble('statistics'));
  const all = [...Object.values(loops), sweeper, statistics];
  const heartbeat = () => renewLease(ctx.db, ctx.holder, ctx.settings.leaseSeconds).catch(trouble('heartbeat'));
  let beating: NodeJS.Timeout | null = null;

  const settleOnce = async (): Promise<void> => {
    await Promise.all([loops.effects.settle(), loops.looks.settle(), loops.jobs.settle(), loops.held.settle(), loops.events.settle()]);
    // A clock that is about to move on does not wait for more writes to gather.
    await writeZone(ctx, 0).catch(trouble('zone writer'));
  };

  return {
    async start() {
      await renewLease(ctx.db, ctx.holder, ctx.settings.leaseSeconds);
      beating = setInterval(heartbeat, (ctx.settings.leaseSeconds * 1000) / heartbeatsPerLease);
      for (const each of all) each.start();
    },
    wake(kind) {
      loops[kind].wake();
      // What was just asked for goes out when its gathering time is over, not with the next poll.
      if (kind === 'zone') setTimeout(() => loops.zone.wake(), ctx.settings.coalesceMs + 5).unref();
    },
    async settle() {
      const until = performance.now() + settleAtMostMs;
      for (;;) {
        await settleOnce();
        const now = ctx.now();
        const next = await nextDue(ctx.db, now);
        const dueNow = [next.exact, next.poll].some((at) => at !== null && at <= now);
        if (!dueNow || performance.now() >= until) return next;
      }
    },
    async stop() {
      await Promise.all(all.map((each) => each.stop()));
      await handBackEffects(ctx);
      if (beating !== null) clearInterval(beating);
      await dropLease(ctx.db, ctx.holder);
    },
    async abandon() {
      if (beating !== null) clearInterval(beating);
      await dropLease(ctx.db, ctx.holder);
    },
  };
};
