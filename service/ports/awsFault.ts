/**
 * What a failed call to AWS means. AWS says so by the error's name; a failure without an HTTP status is no answer at all. A 5xx leaves the outcome
 * unknown: a Route 53 change may have been taken (repeating an UPSERT is harmless, and still each repeat costs the account's quota).
 */
import { PortFault, type PortFaultClass, type PortFaultDetail } from '../core/portFault.ts';
import { DeadlineExceeded } from './deadline.ts';
import { neverSent } from './neverSent.ts';

/** `PriorRequestNotComplete`: another change to the same zone is still under way; waiting is the cure, as with throttling. */
const throttled = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'PriorRequestNotComplete',
]);

/** Nothing was done and a later try may go through: credentials being renewed, a clock being set right, a key store being reached again. */
const unavailable = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'KeyUnavailableException',
  'DependencyTimeoutException',
]);

export function awsFault(provider: PortFaultDetail['provider'], operation: string, error: unknown): PortFault {
  if (error instanceof PortFault) return error;
  const { name, httpStatus } = read(error);
  const detail: PortFaultDetail = {
    class: classOf(error, name, httpStatus),
    provider,
    operation,
    httpStatus,
    code: httpStatus === null ? null : name,
  };
  if (detail.class === 'unavailable' && httpStatus === null) {
    const why = name === 'CredentialsProviderError' ? 'no AWS credentials could be had' : 'AWS cannot be reached';
    return new PortFault(detail, `${operation}: ${why}; nothing was sent`, error);
  }
  const what =
    httpStatus === null ? `no usable answer (${error instanceof DeadlineExceeded ? error.message : name})` : `HTTP ${httpStatus} ${name}`;
  return new PortFault(detail, `${operation}: ${what}${textOf(error, httpStatus)}`, error);
}

function classOf(error: unknown, name: string, httpStatus: number | null): PortFaultClass {
  if (throttled.has(name) || httpStatus === 429) return 'throttled';
  if (unavailable.has(name)) return 'unavailable';
  if (httpStatus === null) return neverSent(error) ? 'unavailable' : 'unknown';
  return httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408 ? 'refused' : 'unknown';
}

function read(error: unknown): { name: string; httpStatus: number | null } {
  if (!(error instanceof Error)) return { name: 'UnknownError', httpStatus: null };
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  // A socket error is named by its code (ECONNRESET); AWS errors are named by their name.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return typeof status === 'number' && status > 0 ? { name: error.name, httpStatus: status } : { name: code, httpStatus: null };
}

/** AWS's own sentence, when it answered: it names records and keys, and no secrets. */
function textOf(error: unknown, httpStatus: number | null): string {
  return error instanceof Error && httpStatus !== null && error.message !== '' && error.message !== error.name
    ? `: ${error.message.slice(0, 300)}`
    : '';
}
