/** A problem body, as a failure that a person can act on. */
import { type ExitCode, exitCode } from './exitCode.ts';
import { Failure } from './failure.ts';
import { remedyOf } from './remedies.ts';
import type { ProblemBody } from './wire.ts';

const codeOf = (status: number): ExitCode => {
  if (status === 400) return exitCode.usage;
  if (status === 401 || status === 403) return exitCode.notAllowed;
  if (status === 404) return exitCode.notFound;
  if (status === 429 || status === 503) return exitCode.unavailable;
  return status < 500 ? exitCode.refused : exitCode.fault;
};

const isWaitingOn = (value: unknown): value is { what: string; signal?: string | null } =>
  typeof value === 'object' && value !== null && 'what' in value && typeof value.what === 'string';

const factsOf = ({ errors, waitingOn, allowedSignals, retryAfterSeconds, requestId }: ProblemBody): string[] => [
  ...(errors ?? []).map(({ pointer, detail }) => `${pointer === '' ? 'the body' : pointer}: ${detail}`),
  ...(isWaitingOn(waitingOn) ? [`waits for: ${waitingOn.signal ?? waitingOn.what}`] : []),
  ...(allowedSignals === undefined ? [] : [`accepted now: ${allowedSignals.length === 0 ? 'no signal' : allowedSignals.join(', ')}`]),
  ...(retryAfterSeconds === undefined ? [] : [`again after: ${retryAfterSeconds} s`]),
  `request id: ${requestId}`,
];

export const refusal = (body: ProblemBody): Failure => {
  const remedy = remedyOf(body);
  return new Failure(codeOf(body.status), `${body.title} (${body.status} ${body.code}): ${body.detail}`, {
    ...(remedy === undefined ? {} : { remedy }),
    facts: factsOf(body),
    problem: body,
  });
};
