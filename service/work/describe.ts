/** Why a configuration cannot send, for a refusal and for `explain`: the same gates array that sending uses. */

import type { Configuration } from '../core/configuration/records.ts';
import { type WaitingOn, waitingOn } from '../core/configuration/waitingOn.ts';
import { type GateFacts, runGates } from '../core/job/gates.ts';
import { findConfiguration } from '../store/configurations.ts';
import { countInFlight } from '../store/drains.ts';
import { findLiveEffect } from '../store/liveEffect.ts';
import { findPause } from '../store/pauses.ts';
import { findActiveSuppression } from '../store/suppressions.ts';
import type { ExplainOutcome } from './outcomes.ts';
import { openServerToken } from './serverToken.ts';
import type { WorkContext } from './workContext.ts';

export type DescribeContext = Pick<WorkContext, 'db' | 'keyring' | 'now'>;

export const waitingOnOf = async (ctx: Pick<WorkContext, 'db'>, tenantId: string, eId: string): Promise<WaitingOn | null> => {
  const c = await findConfiguration(ctx.db, tenantId, eId);
  return c === null ? null : waitingOn(c, await findLiveEffect(ctx.db, tenantId, eId));
};

const isDraining = ({ administrative, operational }: Configuration): boolean => administrative === 'LOCKING' || operational === 'REMOVING';

/** Every gate with its evidence. `recipient` is canonical, or null when none was named. Null when there is no such configuration. */
export const explain = async (
  ctx: DescribeContext,
  tenantId: string,
  eId: string,
  recipient: string | null,
): Promise<ExplainOutcome | null> => {
  const configuration = await findConfiguration(ctx.db, tenantId, eId);
  if (configuration === null) return null;
  const opened = openServerToken(ctx.keyring, configuration);
  const facts: GateFacts = {
    operational: configuration.operational,
    administrative: configuration.administrative,
    draining: isDraining(configuration) ? await countInFlight(ctx.db, tenantId, eId) : null,
    keyVersionId: configuration.keyVersionId,
    keyLoaded: opened.kind === 'opened',
    keyTrouble: opened.kind === 'closed' ? opened.why : null,
    providerPause: await findPause(ctx.db, configuration.serverId, ctx.now()),
    suppression: recipient === null ? undefined : await findActiveSuppression(ctx.db, tenantId, recipient),
  };
  const gates = runGates(facts);
  return { gates, firstBlocker: gates.find(({ passes }) => !passes) ?? null, configuration };
};
