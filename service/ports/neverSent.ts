/**
 * Whether a failed call provably never reached the other side: its name did not resolve, or no connection came about.
 * Then nothing was done and a repeat is safe without a look. Anything else (a cut, a time-out) proves nothing.
 */
const connectCodes = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']);
const resolveCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Causes are nested: fetch wraps the socket's error, and several tried addresses are wrapped in an AggregateError. */
const depthMax = 5;

export function neverSent(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > depthMax) return false;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every((each) => neverSent(each, depth + 1));
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && resolveCodes.has(code)) return true;
  // The same codes can end an established connection; only the failed `connect` is proof.
  if (code !== undefined && connectCodes.has(code)) return syscall === 'connect';
  return neverSent(error.cause, depth + 1);
}
