/** Gauges that are read from the database when somebody asks for /metrics, not kept in step with every change. */

import { operationalStates } from '../core/configuration/records.ts';
import { driftTags } from '../core/drift/findings.ts';
import type { Keyring } from '../core/material/keyring.ts';
import { countByOperationalState } from '../store/configurations.ts';
import { countOpenFindings } from '../store/driftFindings.ts';
import type { CommonQueryMethods } from '../store/pool.ts';
import { queueFigures } from '../store/queueFigures.ts';
import type { Metrics } from '../watch/metrics.ts';

export const sampleGauges = async (db: CommonQueryMethods, metrics: Metrics, keyring: Keyring, now: Date): Promise<void> => {
  const counts = new Map((await countByOperationalState(db)).map(({ operational, count }) => [operational, count]));
  for (const operational of operationalStates) metrics.configuration.configurations.set({ operational }, counts.get(operational) ?? 0);
  const { queued, held, oldestDueAt, accountPaused } = await queueFigures(db, now);
  metrics.send.queueDepth.set(queued);
  metrics.send.held.set(held);
  metrics.send.queueOldestAge.set(oldestDueAt === null ? 0 : Math.max(0, (now.getTime() - oldestDueAt.getTime()) / 1000));
  metrics.send.paused.set(accountPaused ? 1 : 0);
  const open = new Map((await countOpenFindings(db)).map(({ tag, count }) => [tag, count]));
  for (const tag of driftTags) metrics.drift.open.set({ tag }, open.get(tag) ?? 0);
  const { refreshedAt } = keyring.status();
  metrics.materialRegistry.age.set(refreshedAt === null ? -1 : (now.getTime() - refreshedAt.getTime()) / 1000);
};
