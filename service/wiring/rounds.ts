/** What a process does from time to time beside its queues: in a worker retention, drift, the suppression sweep, other tokens of servers. */
import type { Settings } from '../../config/schema.ts';
import { type Loop, loop, type Pass } from '../work/loop.ts';
import type { Observer } from '../work/observer.ts';
import { retentionPass } from '../work/retention.ts';
import { serverTokenRound } from '../work/rotation/serverTokens.ts';
import { suppressionSweeper } from '../work/suppressionSweep.ts';
import type { WorkContext } from '../work/workContext.ts';
import type { Closing } from './closing.ts';

/** How often the due time of a round is compared with the clock; process time. */
const lookMs = 1_000;

export type Started = (what: string, pass: Pass) => Loop;

export const startedIn =
  (observe: Observer, closing: Closing): Started =>
  (what, pass) => {
    const looping = closing(
      what,
      loop(pass, lookMs, (error) => observe.trouble(what, error)),
      (l) => l.stop(),
    );
    looping.start();
    return looping;
  };

export type Rounds = {
  settle(): Promise<void>;
  /** Domain time. */
  dueAt(): Date;
};

export const openRounds = (ctx: WorkContext, { retention, drift, material }: Settings, driftPass: Pass, started: Started): Rounds => {
  started('retention', retentionPass(ctx, retention));
  if (material.serverTokens.enabled) started('server tokens', serverTokenRound(ctx, drift.checkIntervalMinutes));
  const suppressions = suppressionSweeper({ ...ctx, mail: ctx.ports.mail }, drift.checkIntervalMinutes);
  const sweeper = started('suppression sweep', suppressions.pass);
  const drifting = started('drift', driftPass);
  return {
    async settle() {
      await drifting.settle();
      await sweeper.settle();
    },
    dueAt: suppressions.dueAt,
  };
};
