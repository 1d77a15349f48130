/** `email.send.*` */
import type { Registry } from 'prom-client';
import { counter, gauge, histogram } from './declare.ts';

const rejections = [
  'not_sendable',
  'recipient_suppressed',
  'message_too_large',
  'attachment_forbidden',
  'idempotency_key_reused',
  'job_inconsistent',
  'not_found',
  'retry_later',
];
const outcomes = ['accepted', 'recipient', 'configuration', 'account', 'throttled', 'transient', 'ambiguous'];

/** Postmark's published median is 33 ms; the deadline of a call is 30 s. */
const callBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export const sendMetrics = (registry: Registry) => ({
  accepted: counter(registry, 'email.send.accepted.total', 'Messages accepted and on disk'),
  replayed: counter(registry, 'email.send.replayed.total', 'Requests answered with the job of an earlier one of the same key'),
  rejected: counter(registry, 'email.send.rejected.total', 'Messages refused before they became a job', { reason: rejections }),
  attempts: counter(registry, 'email.send.attempts.total', 'Tries to hand a message to the provider, by class of outcome', {
    outcome: outcomes,
  }),
  duration: histogram(registry, 'email.send.duration.seconds', 'One call to the provider, whatever it carried', callBuckets),
  queueDepth: gauge(registry, 'email.send.queue.depth', 'Jobs waiting to be sent'),
  queueOldestAge: gauge(registry, 'email.send.queue.oldest_age.seconds', 'Age of the oldest job that is due'),
  deadLetters: counter(registry, 'email.send.dead_letters.total', 'Jobs that came to the end of the ladder'),
  held: gauge(registry, 'email.send.held', 'Jobs whose outcome is unknown and is being looked up'),
  configurationFailures: counter(registry, 'email.send.configuration_failures.total', 'Attempts that failed because of the configuration'),
  paused: gauge(registry, 'email.send.paused', '1 while the whole account may not send'),
  searchLag: histogram(
    registry,
    'email.send.search_lag.seconds',
    'From a send to its appearance in the provider’s search, by one message every sending.searchProbeMinutes',
    [0.5, 1, 2, 5, 10, 15, 20, 30, 45, 60],
  ),
});
