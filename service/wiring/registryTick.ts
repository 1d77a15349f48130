/**
 * The registry-refresh tick: material registry, operator keys, gauges of the fleet. Every `drift.checkIntervalMinutes` of domain time, without a
 * restart; the drift assertions ride on it. What fails keeps its last good value and is said.
 */
import type { ApiKeySource } from '../../config/apiKeys.ts';
import type { Keyring } from '../core/material/keyring.ts';
import { tell } from '../watch/logEvent.ts';
import type { Logger } from '../watch/logger.ts';
import { materialRegistryEvents } from '../watch/materialRegistryEvents.ts';
import type { Metrics } from '../watch/metrics.ts';
import { processEvents } from '../watch/processEvents.ts';

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

type Needs = { keyring: Keyring; apiKeys: ApiKeySource; metrics: Metrics; logger: Logger; now: () => Date; intervalMinutes: number };

export const registryTick = ({ keyring, apiKeys, metrics, logger, now, intervalMinutes }: Needs): RegistryTick => {
  let dueAt = new Date(0);

  const refresh = async (): Promise<void> => {
    // Due again while it runs would be a second refresh at once.
    dueAt = new Date(now().getTime() + intervalMinutes * 60_000);
    const outcome = await keyring.refresh();
    if (outcome.kind !== 'refreshed') dueAt = new Date(now().getTime() + Math.min(intervalMinutes * 60_000, retryMs));
    metrics.materialRegistry.outcomes.inc({ outcome: outcome.kind });
    metrics.materialRegistry.versions.set(keyring.status().loadedKeyVersionIds.length);
    const said = { outcome: outcome.kind, versions: outcome.versions.length, reason: outcome.reason };
    tell(logger, outcome.kind === 'refreshed' ? materialRegistryEvents.refreshed : materialRegistryEvents.failed, said);
    const keys = await apiKeys.reload();
    if (keys.kind === 'failed') tell(logger, processEvents.operatorKeysFailed, { reason: keys.reason });
    if (keys.kind === 'changed') tell(logger, processEvents.operatorKeysChanged, {});
  };

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
