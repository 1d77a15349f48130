/**
 * `npm start`: Postgres, the sandbox and the service on loopback, together.
 *
 * Guarantee: standard output carries one JSON line, once everything answers. However this ends (a signal, a failure, its own death), nothing of it goes
 * on running; a temporary folder is removed.
 * Exit codes: 0 asked to stop, 1 something failed, 2 unknown arguments.
 */
import { parseOptions, type StartOptions } from './start/options.ts';
import { createPile, type Pile } from './start/pile.ts';
import { readyText } from './start/readyLine.ts';
import { type Stack, startStack } from './start/stack.ts';

/** A Ctrl-C reaches this process from the terminal, from npm and from the launcher before it, all within this time: that is one wish to stop, not three. */
const sameWishMs = 500;

const say = (sentence: string): void => {
  process.stderr.write(`postroute: ${sentence}\n`);
};

/** Aborted by the first wish to stop. A later one kills. */
function stopWish(pile: Pile): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | null = null;
  const onWish = (why: string): void => {
    firstAt ??= performance.now();
    if (!controller.signal.aborted) {
      say(`${why}: stopping ...`);
      controller.abort();
    } else if (performance.now() - firstAt > sameWishMs) {
      say(`${why} again: killing what is left`);
      pile.kill();
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onWish(signal));
  process.once('disconnect', () => onWish('whoever started this is gone'));
  process.channel?.unref();
  return controller.signal;
}

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });

function announce({ readyLine, environmentFile }: Stack, ephemeral: boolean): void {
  process.stdout.write(`${JSON.stringify(readyLine)}\n`);
  if (!ephemeral) process.stderr.write(readyText(readyLine, environmentFile));
  else if (environmentFile !== null) say(`settings for a service of your own: node --env-file=${environmentFile} service/main.ts`);
}

/** Answers null when it was asked to stop, else what went wrong. */
async function run(options: StartOptions, pile: Pile, signal: AbortSignal): Promise<string | null> {
  try {
    const stack = await startStack(options, process.env, pile, signal);
    announce(stack, options.ephemeral);
    return await Promise.race([stack.broken, aborted(signal)]);
  } catch (error) {
    if (signal.aborted) return null;
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2), process.env);
  if (parsed.kind === 'help') process.stdout.write(`${parsed.text}\n`);
  if (parsed.kind === 'mistake') say(parsed.text);
  if (parsed.kind !== 'run') return parsed.kind === 'help' ? 0 : 2;

  const pile = createPile();
  // A reader that has gone away must not take the processes' owner with it before they are stopped.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const failure = await run(parsed.options, pile, stopWish(pile));
  if (failure !== null) say(failure);
  await pile.stop();
  return failure === null ? 0 : 1;
}

try {
  // Not left to an empty event loop: a stray handle must not keep a stopped launcher alive.
  process.exit(await main());
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
