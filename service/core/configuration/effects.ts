/** What a decision asks to be done, as data. Each becomes one row; `work/tasks/<kind>.ts` carries it out. */

export const effectKinds = [
  'create-server',
  'create-domain',
  'install-webhook',
  'write-records',
  'check-verification',
  'unwind',
  'check-drain',
  'cancel-in-flight',
  'report-failure',
] as const;
export type EffectKind = (typeof effectKinds)[number];

/** `afterPollingInterval` = verification.pollingIntervalSeconds, but never later than the end of the verification window. */
export type EffectDelay = 'now' | 'afterPollingInterval';

export type Effect = { kind: EffectKind; runAt: Date };
