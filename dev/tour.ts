/**
 * `npm run tour`: one tenant from nothing to delivered mail and a refused bounce, shown as it happens, beside a sandbox.
 *
 * Guarantee: uses a Postroute that runs, or starts one for itself and stops it again; a fresh tenant each time, so it can be run as often as one likes.
 * Interrupted, it takes back what it made.
 * Exit codes: 0 to the end, 1 something failed or it was interrupted, 2 arguments that cannot be meant.
 */
import { createPile, type Pile } from './start/pile.ts';
import { parseTourOptions, type TourOptions } from './tour/options.ts';
import { findTarget } from './tour/target.ts';
import { createTeller } from './tour/teller.ts';
import { createTenant } from './tour/tenant.ts';
import { walk } from './tour/walk.ts';
import { whereNext } from './tour/whereNext.ts';

/** One Ctrl-C reaches this process from the terminal, from npm and from the launcher before it, all within this time. */
const sameWishMs = 500;

const say = (sentence: string): void => {
  process.stderr.write(`postroute: ${sentence}\n`);
};

/** Aborted by the first wish to stop; a later one does not wait for anything. */
function stopWish(pile: Pile): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | null = null;
  const onWish = (): void => {
    firstAt ??= performance.now();
    if (!controller.signal.aborted) controller.abort();
    else if (performance.now() - firstAt > sameWishMs) {
      pile.kill();
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onWish);
  process.once('disconnect', onWish);
  process.channel?.unref();
  return controller.signal;
}

/** Answers null when the tour came to its end, else why not. */
async function run(options: TourOptions, pile: Pile, signal: AbortSignal): Promise<string | null> {
  const teller = createTeller(process.stdout);
  try {
    const target = await findTarget(options, { pile, teller, signal });
    const tenant = createTenant(target, signal);
    pile.add({ stop: () => (signal.aborted && !target.own ? tenant.takeBack(say) : Promise.resolve()), kill: () => {} });
    const facts = await walk(tenant, target, teller, signal);
    // Its own is stopped first, so that the last words are true.
    if (target.own) await pile.stop();
    teller.block(whereNext(target, tenant.name, facts));
    return null;
  } catch (error) {
    if (signal.aborted) return 'stopped before its end';
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(): Promise<number> {
  const parsed = parseTourOptions(process.argv.slice(2), process.env);
  if (parsed.kind === 'help') process.stdout.write(`${parsed.text}\n`);
  if (parsed.kind === 'mistake') say(parsed.text);
  if (parsed.kind !== 'run') return parsed.kind === 'help' ? 0 : 2;

  const pile = createPile();
  // A reader that has gone away (`| head`) must not keep what was started from being stopped.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const failure = await run(parsed.options, pile, stopWish(pile));
  if (failure !== null) say(failure);
  await pile.stop();
  return failure === null ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
