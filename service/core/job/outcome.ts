/**
 * What Postmark's answer to a send means. Decided by the pair (HTTP status, ErrorCode), never by the status alone:
 * Postmark's error numbers collide with HTTP's (ErrorCode 413 is "account may not send", HTTP 413 is "too large").
 */

/** One message's answer, as the transport saw it. */
export type SendAnswer =
  | { kind: 'answered'; httpStatus: number; errorCode: number; message: string; messageId: string | null }
  /** Time-out, cut, abort, or an answer nobody can read: the message may be on its way. */
  | { kind: 'noAnswer'; reason: string };
