/**
 * Changes as they happen. The service is asked again and again, because it pushes nothing; one that restarts meanwhile is waited for. Ends with Ctrl-C,
 * when `--until` is reached, or when `--timeout` is over.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Call, Command } from '../command.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';
import { Failure } from '../failure.ts';
import { overHttp } from '../flags.ts';
import { watchFleet } from '../watchFleet.ts';
import { watchOne } from '../watchOne.ts';

const everySecondsMax = 3600;
const timeoutSecondsMax = 7 * 86_400;

export const watch: Command = {
  name: 'watch',
  usage: '[configuration]',
  arguments: { min: 0, max: 1 },
  what: 'changes as they happen',
  more: ['With a configuration its history, line by line; without, each change of', 'status among the newest (--limit).'],
  flags: {
    until: { type: 'string', value: 'STATUS', what: 'of the configuration: then it ends, with exit 0' },
    every: { type: 'string', value: 'SECONDS', what: 'how often it looks (1)' },
    timeout: { type: 'string', value: 'SECONDS', what: 'ends by then, with exit 8 if --until was not reached' },
    limit: { type: 'string', value: 'N', what: 'how many configurations (200)' },
    ...overHttp,
  },
  async run(call) {
    const [name] = call.arguments;
    const pass = name === undefined ? watchFleet(call) : await watchOne(call, name);
    return repeat(call, pass);
  },
};

/** `pass` answers whether what was waited for is so. */
async function repeat(call: Call, pass: () => Promise<boolean>): Promise<ExitCode> {
  const everyMs = call.number('every', { min: 1, max: everySecondsMax, fallback: 1 }) * 1000;
  const limitSeconds =
    call.text('timeout') === undefined ? Number.POSITIVE_INFINITY : call.number('timeout', { min: 1, max: timeoutSecondsMax, fallback: 1 });
  const deadline = performance.now() + limitSeconds * 1000;
  for (;;) {
    if (await lookedAt(call, pass)) return exitCode.done;
    if (performance.now() + everyMs > deadline) return call.text('until') === undefined ? exitCode.done : exitCode.no;
    await pause(everyMs, undefined, { signal: call.interrupted });
  }
}

async function lookedAt(call: Call, pass: () => Promise<boolean>): Promise<boolean> {
  try {
    return await pass();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== exitCode.unavailable) throw error;
    call.speak.progress(`${error.message}; still watching`);
    return false;
  }
}
