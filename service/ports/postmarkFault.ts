/**
 * What a failed call to Postmark means, decided by the pair (HTTP status, ErrorCode): the two number spaces collide (ErrorCode 413 is "account may
 * not send", HTTP 413 is "too large"). Only an error that carries an HTTP status is an answer; the client also rejects with errors of status 0,
 * and with raw TypeErrors and DOMExceptions when the body breaks off, and all of those leave the outcome unknown.
 */
import { Errors } from 'postmark';
import { PortFault, type PortFaultClass } from '../core/portFault.ts';
import { CallAborted, DeadlineExceeded } from './deadline.ts';
import { neverSent } from './neverSent.ts';

export type PostmarkAnswer = { httpStatus: number; errorCode: number; message: string };

/** Postmark's own words, when the error is an answer of Postmark's. */
export function answerOf(error: unknown): PostmarkAnswer | null {
  if (!(error instanceof Errors.PostmarkError) || !(error.statusCode > 0)) return null;
  // A body of {"ErrorCode":null,"Message":null} arrives as nulls in fields that are declared as number and string.
  const errorCode = typeof error.code === 'number' ? error.code : 0;
  const message = typeof error.message === 'string' ? error.message : '';
  return { httpStatus: error.statusCode, errorCode, message };
}

/** 408 is a proxy's word for "I gave up waiting": what stood behind it may have gone on. */
export function classOf(httpStatus: number): PortFaultClass {
  if (httpStatus === 429) return 'throttled';
  if (httpStatus === 503) return 'unavailable';
  if (httpStatus === 408 || httpStatus >= 500 || httpStatus < 400) return 'unknown';
  return 'refused';
}

/** `secrets` are cut from Postmark's text, which repeats what was sent (a webhook's URL holds its routing token). */
export function postmarkFault(operation: string, error: unknown, cause: unknown, secrets: readonly string[]): PortFault {
  if (error instanceof PortFault) return error;
  const answer = answerOf(error);
  if (answer === null) {
    const unsent = neverSent(cause) || neverSent(error);
    const detail = { class: unsent ? 'unavailable' : 'unknown', provider: 'postmark', operation, httpStatus: null, code: null } as const;
    const what = unsent ? 'Postmark cannot be reached; nothing was sent' : `no usable answer from Postmark (${reasonOf(cause ?? error)})`;
    return new PortFault(detail, `${operation}: ${what}`, cause ?? error);
  }
  const { httpStatus, errorCode } = answer;
  const code = errorCode === 0 ? null : String(errorCode);
  const text = withoutSecrets(answer.message, secrets).slice(0, 200);
  const detail = { class: classOf(httpStatus), provider: 'postmark', operation, httpStatus, code } as const;
  return new PortFault(detail, `${operation}: Postmark answered HTTP ${httpStatus}, ErrorCode ${errorCode}: ${text}`, error);
}

/** Removing what is already gone has the result that was wanted. */
export async function absentWhenGone(gone: (fault: PortFault) => boolean, remove: () => Promise<unknown>): Promise<'deleted' | 'absent'> {
  try {
    await remove();
    return 'deleted';
  } catch (error) {
    if (error instanceof PortFault && gone(error)) return 'absent';
    throw error;
  }
}

/** Errors whose text is our own, so that it may be shown. */
const isOurs = (error: Error): boolean => error instanceof DeadlineExceeded || error instanceof CallAborted;

/** Names the kind of failure and nothing of its content. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'not an error';
  const inner = error.cause instanceof Error ? error.cause : error;
  if (isOurs(inner)) return inner.message;
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : null;
  return code ?? (inner.name === 'Error' || inner.name === 'TypeError' ? inner.message : inner.name);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length > 0).reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}
