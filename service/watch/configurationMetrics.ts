/** `email.configuration.lifecycle.*` */
import type { Registry } from 'prom-client';
import { counter, gauge, histogram } from './declare.ts';

const operational = [
  'PENDING',
  'PROVISIONING',
  'AWAITING_VERIFICATION',
  'OK',
  'DEGRADED',
  'FAILURE',
  'UNVERIFIED',
  'MISSING',
  'REMOVING',
  'REMOVED',
];
const steps = ['createServer', 'createDomain', 'installWebhook', 'writeRecords'];

/** DNS and Postmark's own checks take from seconds to days; the window is a day. */
const verificationBuckets = [5, 15, 30, 60, 120, 300, 900, 3600, 14_400, 43_200, 86_400];

export const configurationMetrics = (registry: Registry) => ({
  configurations: gauge(registry, 'email.configuration.lifecycle.configurations', 'Configurations in each operational state', {
    operational,
  }),
  transitions: counter(registry, 'email.configuration.lifecycle.transitions.total', 'Changes of operational state', {
    from: null,
    to: null,
  }),
  signals: counter(registry, 'email.configuration.lifecycle.signals.total', 'Signals by name and whether they were accepted', {
    signal: null,
    outcome: null,
  }),
  provisioningFailures: counter(
    registry,
    'email.configuration.lifecycle.provisioning_failures.total',
    'Steps of provisioning that failed for good',
    {
      step: steps,
    },
  ),
  verificationDuration: histogram(
    registry,
    'email.configuration.lifecycle.verification.duration.seconds',
    'From the start of a verification window to its end, in domain time',
    verificationBuckets,
    { outcome: ['verified', 'timed_out'] },
  ),
});
