/** Log lines of the process itself, outside the five families. */
import { logEvent } from './logEvent.ts';

const request = { method: 'of HTTP', route: 'the route’s pattern, never the path', requestId: 'of this request' };

export const processEvents = {
  answered: logEvent(
    'http.request.answered',
    'debug',
    'A request was answered below 400',
    { ...request, status: 'of HTTP', durationMs: 'from head to end' },
    () => 'answered',
  ),
  refused: logEvent(
    'http.request.refused',
    'info',
    'A request was answered with 400 or above',
    { ...request, status: 'of HTTP', durationMs: 'from head to end' },
    ({ status }) => `refused with ${status}`,
  ),
  requestFailed: logEvent(
    'http.request.failed',
    'error',
    'A request failed through a fault of ours; the problem body says only the request id',
    { ...request, code: 'of the problem' },
    () => 'request failed',
  ),
  trouble: logEvent(
    'process.trouble',
    'error',
    'Work that nobody waits for failed; it is kept and tried again',
    { where: 'which work' },
    ({ where }) => `${where} failed; it is tried again`,
  ),
  unhandled: logEvent(
    'process.unhandled_rejection',
    'error',
    'A fault that nobody caught: a bug; what it belonged to is found again by its lease',
    {},
    () => 'a promise failed and nobody looked',
  ),
  secretsChanged: logEvent(
    'process.secrets.changed',
    'info',
    'A file of secrets that are rotated was read again and holds others',
    { which: 'apiKeys, accountTokens or signingKeys' },
    ({ which }) => `${which} were read again and have changed`,
  ),
  secretsFailed: logEvent(
    'process.secrets.failed',
    'error',
    'A file of secrets that are rotated could not be read again; the last good ones stay',
    { which: 'apiKeys, accountTokens or signingKeys', reason: 'why' },
    ({ which, reason }) => `${which} could not be read again: ${reason}`,
  ),
};
