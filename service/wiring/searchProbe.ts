/** The mail transport, which also measures the lag of the provider's search. */
import { type Loop, loop } from '../work/loop.ts';
import { searchLag } from '../work/searchLag.ts';
import type { WorkContext } from '../work/workContext.ts';

/** The first look for a probe's message comes half a second after its send; process time. */
const lookMs = 500;

/** `everyMinutes` null: nothing is measured. The loop is not started yet. */
export const searchProbe = (ctx: WorkContext, everyMinutes: number | null): { ctx: WorkContext; loop: Loop } => {
  const everyMs = everyMinutes === null ? Number.POSITIVE_INFINITY : everyMinutes * 60_000;
  const lag = searchLag(ctx.ports.mail, { everyMs, monotonicMs: () => performance.now(), observe: ctx.observe.searchLag });
  return {
    ctx: { ...ctx, ports: { ...ctx.ports, mail: lag.mail } },
    loop: loop(lag.pass, lookMs, (error) => ctx.observe.trouble('search probe', error)),
  };
};
