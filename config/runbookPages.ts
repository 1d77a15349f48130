/** The pages of `runbooks/`, by file name without `.md`: where alerts lead, and what operators do besides. The one list that chart and pages share. */
export type RunbookPage = { name: string; for: 'alert' | 'task' };

const alertPages = [
  'start-and-stop',
  'requests-fail',
  'sending-paused',
  'queue-stands-still',
  'jobs-held',
  'dead-letters',
  'configuration-cannot-send',
  'verification-timed-out',
  'provisioning-failed',
  'webhook-rejected-auth-mismatch',
  'webhook-malformed',
  'jobs-inconsistent',
  'material-registry-stale',
  'kms-does-not-open',
  'drift-postmark-orphan-db-row',
  'drift-postmark-orphan-server',
  'drift-registry-missing-key',
  'drift-dns-dkim-mismatch',
  'drift-dns-return-path-mismatch',
  'drift-webhook-mismatch',
  'drift-suppressions',
  'drift-not-observed',
  'encryption-key-endangered',
];

const taskPages = [
  'steady-state',
  'drift-plan',
  'provisioning-orphan-server',
  'lock-and-force-lock',
  'job-triage',
  're-provision',
  'api-key-rotation',
  'encryption-key-rotation',
  'webhook-signing-key-rotation',
  'server-token-replacement',
  'postmark-account',
  'suppressions',
  'new-partition',
  'partition-removal',
  'restore-from-backup',
];

export const runbookPages: readonly RunbookPage[] = [
  ...alertPages.map((name) => ({ name, for: 'alert' as const })),
  ...taskPages.map((name) => ({ name, for: 'task' as const })),
];
