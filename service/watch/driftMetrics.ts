/** `email.drift.*` */
import type { Registry } from 'prom-client';
import { counter, gauge, histogram } from './declare.ts';

const assertion = ['postmarkInventory', 'registry', 'dns', 'suppressions', 'webhooks'];
const tag = [
  'email.drift.postmark_orphan_db_row',
  'email.drift.postmark_orphan_server',
  'email.drift.registry_missing_key',
  'email.drift.dns_dkim_mismatch',
  'email.drift.dns_return_path_mismatch',
  'email.drift.suppression_only_here',
  'email.drift.suppression_only_at_postmark',
  'email.drift.webhook_mismatch',
  'email.drift.server_settings_mismatch',
];

/** A zone of 10,000 records is 34 serial calls; 100,000 configurations take a minute. */
const runBuckets = [0.1, 0.5, 1, 5, 15, 60, 300, 900];

export const driftMetrics = (registry: Registry) => ({
  findings: counter(registry, 'email.drift.findings.total', 'Findings opened', { tag }),
  open: gauge(registry, 'email.drift.open', 'Findings that are open now, without those that may still be propagating', { tag }),
  runDuration: histogram(registry, 'email.drift.run.duration.seconds', 'One run of one assertion', runBuckets, { assertion: null }),
  skipped: counter(registry, 'email.drift.skipped.total', 'Subjects that could not be observed, and so were not judged', { assertion }),
  corrections: counter(registry, 'email.drift.corrections.total', 'Corrections of accepted plans that ended', {
    kind: null,
    outcome: ['done', 'failed', 'moved'],
  }),
  foreign: gauge(registry, 'email.drift.foreign_servers', 'Servers of the account that are not of this partition'),
});
