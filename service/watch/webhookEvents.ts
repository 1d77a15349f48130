/** Log lines of `email.webhook.*` */
import { logEvent } from './logEvent.ts';

export const webhookEvents = {
  rejected: logEvent(
    'email.webhook.rejected',
    'warn',
    'A callback did not become an event',
    { reason: 'auth_mismatch, unknown_route or malformed' },
    ({ reason }) => `a callback was rejected: ${reason}`,
  ),
  inconsistent: logEvent(
    'email.webhook.inconsistent',
    'warn',
    'The times of a job’s events contradict each other; it waits for an operator’s triage',
    {},
    () => 'the events of a job contradict each other; it waits for triage',
  ),
  suppressionsSwept: logEvent(
    'email.webhook.suppressions_swept',
    'warn',
    'The sweep of the provider’s suppression lists found some apart, and put them right: a callback or a call was lost',
    { change: 'opened, released or carried', count: 'entries' },
    ({ change, count }) => `${count} suppression(s) ${change}: a callback or a call was lost`,
  ),
};
