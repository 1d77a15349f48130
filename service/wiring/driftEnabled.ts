/** Which drift assertions ride on the tick, as the settings have it. */
import type { Settings } from '../../config/schema.ts';
import { type AssertionName, assertionNames } from '../core/drift/findings.ts';

export const driftEnabled = ({ drift }: Settings): Record<AssertionName, boolean> => ({
  postmarkInventory: drift.postmarkInventory.enabled,
  registry: drift.registry.enabled,
  dns: drift.dns.enabled,
  suppressions: drift.suppressions.enabled,
  webhooks: drift.webhooks.enabled,
});

export const enabledAssertions = (settings: Settings): AssertionName[] => {
  const enabled = driftEnabled(settings);
  return assertionNames.filter((name) => enabled[name]);
};
