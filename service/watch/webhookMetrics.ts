/** `email.webhook.*` */
import type { Registry } from 'prom-client';
import { counter } from './declare.ts';

const types = ['Delivery', 'Bounce', 'SpamComplaint', 'Open', 'Click', 'SubscriptionChange'];
const reasons = ['auth_mismatch', 'unknown_route', 'malformed'];

export const webhookMetrics = (registry: Registry) => ({
  received: counter(registry, 'email.webhook.received.total', 'Callbacks stored, by record type', { type: types }),
  rejected: counter(registry, 'email.webhook.rejected.total', 'Callbacks that did not become an event', { reason: reasons }),
  duplicates: counter(registry, 'email.webhook.duplicates.total', 'Callbacks that were stored before'),
  projections: counter(registry, 'email.webhook.projections.total', 'Changes of a job’s status because of its events', { status: null }),
  inconsistent: counter(registry, 'email.webhook.inconsistent.total', 'Jobs whose events contradict each other'),
  suppressionsSwept: counter(
    registry,
    'email.webhook.suppressions_swept.total',
    'Suppressions that a lost callback or call had left apart',
    {
      change: ['opened', 'released', 'carried'],
    },
  ),
  unmatched: counter(
    registry,
    'email.webhook.unmatched.total',
    'Events whose job was not known when they were acted on; it may be committed a moment later',
  ),
});
