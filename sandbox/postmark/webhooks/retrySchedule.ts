/** The three retry schedules that Postmark has published, in minutes after the failure before, and what each takes for an answer. */
import type { WebhookGeneration } from '../postmarkSettings.ts';
import type { RecordType } from './webhook.ts';

/** `noAnswer`: nothing that could be read as an answer came in time. */
export type Outcome = { kind: 'answered'; status: number } | { kind: 'noAnswer' };

const classicBounce = [1, 5, 10, 10, 10, 15, 30, 60, 120, 360];
const classicOther = [1, 5, 15];
const second = [1, 5, 10, 10, 10, 15];
const third = [1, 5, 15, 1, 5, 10, 10, 10, 15];

/** Waits before each retry; their number is the number of retries. */
export function retryMinutes(generation: WebhookGeneration, recordType: RecordType): readonly number[] {
  if (generation === 'b') return second;
  if (generation === 'c') return third;
  return recordType === 'Bounce' || recordType === 'SpamComplaint' ? classicBounce : classicOther;
}

/** (a): only 200 is success, only 403 ends it. (b), (c): any 2xx is success; a refusal that is not about load ends it. */
export function shouldRetry(generation: WebhookGeneration, outcome: Outcome): boolean {
  if (outcome.kind === 'noAnswer') return true;
  const { status } = outcome;
  if (generation === 'a') return status !== 200 && status !== 403;
  return status >= 500 || status === 408 || status === 429;
}
