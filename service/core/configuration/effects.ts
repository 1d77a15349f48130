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

/** Carried out one by one, each by its task; looks at domains that wait are taken many together (`work/looks.ts`). */
export const stepKinds = effectKinds.filter((kind) => kind !== 'check-verification');
export type StepKind = (typeof stepKinds)[number];

/** What a lock decided, and a report, stands whatever happens to the domain meanwhile; everything else belongs to the generation it was decided for. */
const ofAnyGeneration: ReadonlySet<EffectKind> = new Set(['check-drain', 'cancel-in-flight', 'report-failure']);

export const isSuperseded = (effect: { kind: EffectKind; generation: number }, presentGeneration: number): boolean =>
  effect.generation !== presentGeneration && !ofAnyGeneration.has(effect.kind);

/** `afterPollingInterval` = verification.pollingIntervalSeconds, but never later than the end of the verification window. */
export type EffectDelay = 'now' | 'afterPollingInterval';

export type Effect = { kind: EffectKind; runAt: Date };
