/**
 * What Postmark's answer to a send means. Decided by the pair (HTTP status, ErrorCode), never by the status alone:
 * Postmark's error numbers collide with HTTP's (ErrorCode 413 is "account may not send", HTTP 413 is "too large").
 */

/** One message's answer, as the transport saw it. */
export type SendAnswer =
  | { kind: 'answered'; httpStatus: number; errorCode: number; message: string; messageId: string | null }
  /** Time-out, cut, abort, or an answer nobody can read: the message may be on its way. */
  | { kind: 'noAnswer'; reason: string };

export type OutcomeClass = 'accepted' | 'recipient' | 'configuration' | 'account' | 'throttled' | 'transient' | 'ambiguous';

export type Outcome = {
  class: OutcomeClass;
  /** `postmark_406`, `http_429`, `no_answer`, … */
  code: string;
  message: string;
  messageId: string | null;
};

const configurationCodes: ReadonlySet<number> = new Set([10, 400, 401, 1235, 1236]);
const accountCodes: ReadonlySet<number> = new Set([405, 412, 413, 1480]);
/** An item of a batch has no HTTP status of its own and travels as 422; these ErrorCodes mean there what 503, 500 and 429 mean for a call. */
const maintenance = 100;
const internalError = 101;
const tooManyRequests = 429;

const classOf = (httpStatus: number, errorCode: number, messageId: string | null): OutcomeClass => {
  if (httpStatus === 200 && errorCode === 0) return messageId === null ? 'ambiguous' : 'accepted';
  if (httpStatus === 429 || (httpStatus === 422 && errorCode === tooManyRequests)) return 'throttled';
  if ((httpStatus === 503 || httpStatus === 422) && errorCode === maintenance) return 'transient';
  // The message is too large, whatever the body says: its ErrorCode 413 would be the account's.
  if (httpStatus === 413) return 'recipient';
  // Only a 4xx with an ErrorCode is Postmark's definite no. A gateway's page, its 408, a 5xx or a 2xx we cannot read say nothing about the message.
  const definite = httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408 && errorCode !== 0 && errorCode !== internalError;
  if (!definite) return 'ambiguous';
  if (configurationCodes.has(errorCode)) return 'configuration';
  return accountCodes.has(errorCode) ? 'account' : 'recipient';
};

/** Characters; what is kept of a provider's words. */
const messageMax = 1000;

/** Postgres keeps neither NUL nor half a surrogate pair, and one such message would keep the outcomes of its whole batch from being written. */
const storable = (message: string): string => message.replaceAll('\0', '').slice(0, messageMax).toWellFormed();

export const outcomeOf = (answer: SendAnswer): Outcome => {
  if (answer.kind === 'noAnswer') return { class: 'ambiguous', code: 'no_answer', message: storable(answer.reason), messageId: null };
  const { httpStatus, errorCode, message, messageId } = answer;
  const outcome = classOf(httpStatus, errorCode, messageId);
  return { class: outcome, code: errorCode > 0 ? `postmark_${errorCode}` : `http_${httpStatus}`, message: storable(message), messageId };
};

/** Postmark's partial or full refusal of an inactive recipient: ErrorCode 406. */
export const isInactiveRecipient = (outcome: Outcome): boolean => outcome.class === 'recipient' && outcome.code === 'postmark_406';
