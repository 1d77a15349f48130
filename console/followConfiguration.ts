/** Looks at a configuration until it is where it should be, or waits for somebody, or time is over; says each change on the way. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Call } from './command.ts';
import { exitCode } from './exitCode.ts';
import { Failure } from './failure.ts';
import { waitsFor } from './present/waitsFor.ts';
import type { Configuration } from './wire.ts';

/** A step of provisioning takes a second at the provider. */
export const lookMs = 500;
const waitSecondsDefault = 600;
const waitSecondsMax = 7 * 86_400;

/** The end of a wait, as a moment of `performance.now()`. */
export const deadlineOf = (call: Call): number =>
  performance.now() + call.number('timeout', { min: 1, max: waitSecondsMax, fallback: waitSecondsDefault }) * 1000;

/** A service that restarts meanwhile does not end the wait: what was asked of it goes on. */
export async function lookAgain<T>(call: Call, look: () => Promise<T>): Promise<T | null> {
  await pause(lookMs, undefined, { signal: call.interrupted });
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== exitCode.unavailable) throw error;
    call.speak.progress(`${error.message}; still waiting`);
    return null;
  }
}

const atRest = ({ waitingOn }: Configuration): boolean => waitingOn === null || waitingOn.what === 'operator';

export async function followConfiguration(
  call: Call,
  started: Configuration,
  reached: (now: Configuration) => boolean,
): Promise<Configuration> {
  const deadline = deadlineOf(call);
  let now = started;
  while (!reached(now) && !atRest(now) && performance.now() < deadline) {
    call.speak.progress(`${now.status}: waits for ${waitsFor(now.waitingOn)}`);
    now = (await lookAgain(call, () => call.api().get<Configuration>(`/configuration/${now.eId}`))) ?? now;
  }
  call.speak.progress(null);
  if (!reached(now) && !atRest(now)) call.speak.aside('the wait is over, and it is still under way: postroute watch follows it');
  return now;
}
