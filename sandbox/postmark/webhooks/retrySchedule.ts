/** The three retry schedules that Postmark has published, in minutes after the failure before, and what each takes for an answer. */
import type { WebhookGeneration } from '../postmarkSettings.ts';
import type { HookKind } from './delivery.ts';

/** `noAnswer`: nothing that could be read as an answer came in time. */
export type Outcome = { kind: 'answered'; status: number } | { kind: 'noAnswer' };

/** `lost`: it was refused for good, or tried for the last time. */
export type Verdict = { kind: 'taken' } | { kind: 'retry'; waitMinutes: number } | { kind: 'lost' };

const classicBounce = [1, 5, 10, 10, 10, 15, 30, 60, 120, 360];
const classicOther = [1, 5, 15];
const second = [1, 5, 10, 10, 10, 15];
const third = [1, 5, 15, 1, 5, 10, 10, 10, 15];
const classicLong: readonly HookKind[] = ['Bounce', 'SpamComplaint', 'Inbound'];

/** Waits before each retry; their number is the number of retries. */
export function retryMinutes(generation: WebhookGeneration, recordType: HookKind): readonly number[] {
  if (generation === 'b') return second;
  if (generation === 'c') return third;
  return classicLong.includes(recordType) ? classicBounce : classicOther;
}

const isTaken = (generation: WebhookGeneration, status: number): boolean =>
  generation === 'a' ? status === 200 : status >= 200 && status < 300;

/** (a): only 200 is success, only 403 ends it. (b), (c): any 2xx is success; a refusal that is not about load ends it. */
function isRetried(generation: WebhookGeneration, status: number): boolean {
  if (generation === 'a') return status !== 403;
  return status >= 500 || status === 408 || status === 429;
}

export function verdictOf(generation: WebhookGeneration, recordType: HookKind, attempt: number, outcome: Outcome): Verdict {
  if (outcome.kind === 'answered' && isTaken(generation, outcome.status)) return { kind: 'taken' };
  const waitMinutes = retryMinutes(generation, recordType)[attempt];
  const again = outcome.kind === 'noAnswer' || isRetried(generation, outcome.status);
  return waitMinutes === undefined || !again ? { kind: 'lost' } : { kind: 'retry', waitMinutes };
}
