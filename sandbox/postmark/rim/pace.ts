/** How fast one server, or the account, may call. Off unless the switch gives a number, since Postmark publishes none. */
import type { RimAnswer } from '../../world/httpRim.ts';
import type { Instant } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import type { Caller } from './authenticate.ts';
import { Refusal } from './refusal.ts';

const windowMs = 1000;

/** Calls of each caller in the second of domain time that runs. */
export class Pace {
  #since: Instant = 0;
  readonly #calls = new Map<string, number>();

  /** How many there have been with this one. */
  count(caller: string, now: Instant): number {
    if (now >= this.#since + windowMs) this.reset(now);
    const calls = (this.#calls.get(caller) ?? 0) + 1;
    this.#calls.set(caller, calls);
    return calls;
  }

  reset(now: Instant = 0): void {
    this.#since = now;
    this.#calls.clear();
  }
}

export function checkPace({ pace, settings, world }: Postmark, caller: Caller): void {
  const most = settings.callsPerSecond.value;
  if (most === 0) return;
  const name = caller.kind === 'server' ? String(caller.record.server.ID) : caller.kind;
  if (pace.count(name, world.clock.now()) > most) throw new Refusal(429);
}

/** A 429 says when to come back if the switch wants it to. */
export function paced({ settings }: Postmark, answer: RimAnswer): RimAnswer {
  const seconds = settings.retryAfterSeconds.value;
  if (answer.status !== 429 || seconds === 0) return answer;
  return { ...answer, headers: { ...answer.headers, 'Retry-After': String(Math.ceil(seconds)) } };
}
