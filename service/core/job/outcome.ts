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

/** ErrorCodes that mean "this recipient or this message, never again"; the rest of 422 is a message Postmark will not take either. */
const configurationCodes: ReadonlySet<number> = new Set([10, 400, 401, 1235, 1236]);
const accountCodes: ReadonlySet<number> = new Set([405, 412, 413, 1480]);
const ambiguousStatuses: ReadonlySet<number> = new Set([500, 502, 504]);

const classOf = (httpStatus: number, errorCode: number, messageId: string | null): OutcomeClass => {
  if (httpStatus === 200 && errorCode === 0) return messageId === null ? 'ambiguous' : 'accepted';
  if (httpStatus === 429) return 'throttled';
  if (httpStatus === 503) return 'transient';
  if (ambiguousStatuses.has(httpStatus)) return 'ambiguous';
  if (httpStatus === 401 || configurationCodes.has(errorCode)) return 'configuration';
  if (accountCodes.has(errorCode)) return 'account';
  // A 4xx with an ErrorCode is Postmark's definite no. Anything else (a proxy's page, a 2xx we cannot read) says nothing about the message.
  return httpStatus >= 400 && httpStatus < 500 ? 'recipient' : 'ambiguous';
};

export const outcomeOf = (answer: SendAnswer): Outcome => {
  if (answer.kind === 'noAnswer') return { class: 'ambiguous', code: 'no_answer', message: answer.reason, messageId: null };
  const { httpStatus, errorCode, message, messageId } = answer;
  const outcome = classOf(httpStatus, errorCode, messageId);
  return { class: outcome, code: errorCode > 0 ? `postmark_${errorCode}` : `http_${httpStatus}`, message, messageId };
};

/** Postmark's partial or full refusal of an inactive recipient: ErrorCode 406. */
export const isInactiveRecipient = (outcome: Outcome): boolean => outcome.class === 'recipient' && outcome.code === 'postmark_406';
