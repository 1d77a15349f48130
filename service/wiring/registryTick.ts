/**
 * The registry-refresh tick: material registry, operator keys, gauges of the fleet. Every `drift.checkIntervalMinutes` of domain time, without a
 * restart; the drift assertions ride on it. What fails keeps its last good value and is said.
 */
import type { Keyring, RefreshOutcome } from '../core/material/keyring.ts';
import { keyTroubles } from '../core/material/keyTrouble.ts';
import { tell } from '../watch/logEvent.ts';
import type { Logger } from '../watch/logger.ts';
import { materialRegistryEvents } from '../watch/materialRegistryEvents.ts';
import type { Metrics } from '../watch/metrics.ts';
import { coalesced } from './coalesced.ts';

/** A registry that could not be read whole is tried again before the next tick: without a key nothing is sealed or sent. Domain time. */
const retryMs = 30_000;

export type RegistryTick = {
  /** When the next tick is due, domain time. */
  dueAt(): Date;
  /** Ticks if it is due; answers how many ticks it made (0 or 1). */
  pass(): Promise<number>;
  /** Ticks now. */
  refresh(): Promise<void>;
};

type Needs = {
  keyring: Keyring;
  /** Reads the secrets again that are kept in files. */
  reloadSecrets: () => Promise<void>;
  metrics: Metrics;
  logger: Logger;
  now: () => Date;
  intervalMinutes: number;
};

export const registryTick = ({ keyring, reloadSecrets, metrics, logger, now, intervalMinutes }: Needs): RegistryTick => {
  let dueAt = new Date(0);

  const refresh = coalesced(async () => {
    // Due again while it runs would be a second refresh at once.
    dueAt = new Date(now().getTime() + intervalMinutes * 60_000);
    const outcome = await keyring.refresh();
    if (outcome.kind !== 'refreshed') dueAt = new Date(now().getTime() + Math.min(intervalMinutes * 60_000, retryMs));
    measure(metrics, keyring, outcome);
    const said = { outcome: outcome.kind, versions: outcome.versions.length, reason: outcome.reason };
    tell(logger, outcome.kind === 'refreshed' ? materialRegistryEvents.refreshed : materialRegistryEvents.failed, said);
    if (outcome.kind === 'refreshed' && outcome.kms.state === 'failing')
      tell(logger, materialRegistryEvents.kmsFailing, { code: outcome.kms.code, reason: outcome.kms.reason });
    await reloadSecrets();
  });

  return {
    dueAt: () => dueAt,
    refresh,
    async pass() {
      if (now() < dueAt) return 0;
      await refresh();
      return 1;
    },
  };
};

const measure = (metrics: Metrics, keyring: Keyring, { kind, versions, kms }: RefreshOutcome): void => {
  const { loadedKeyVersionIds, documented } = keyring.status();
  metrics.materialRegistry.outcomes.inc({ outcome: kind });
  metrics.materialRegistry.versions.set(loadedKeyVersionIds.length);
  metrics.materialRegistry.unloaded.set(documented.filter(({ trouble }) => trouble !== null).length);
  metrics.materialRegistry.kmsAnswers.set(kms.state === 'failing' ? 0 : 1);
  const failed = versions.flatMap((version) => (version.kind === 'failed' ? [version.code] : []));
  const seen = kind === 'failed' ? (['document'] as const) : failed.length === 0 && kms.state === 'failing' ? [kms.code] : failed;
  for (const reason of keyTroubles) metrics.materialRegistry.failures.inc({ reason }, seen.filter((each) => each === reason).length);
};
