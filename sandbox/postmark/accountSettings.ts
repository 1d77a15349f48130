/** What Postmark's people decide for an account: its plan, its limits, and what support has switched on. */
import type { World } from '../world/world.ts';

export type Plan = 'free' | 'basic' | 'pro' | 'platform';

/** Custom sending domains; 0: as many as one likes. */
export const planDomains: Readonly<Record<Plan, number>> = { free: 5, basic: 5, pro: 10, platform: 0 };

export function declareAccountSettings({ settings }: World) {
  return {
    /** The plan's limit of domains is answered with 614. */
    plan: settings.declare<Plan>('plan', 'platform', ['free', 'basic', 'pro', 'platform']),
    /** How many tokens the account has; they are shown by `GET /state`. */
    accountTokenCount: settings.declare<1 | 2 | 3>('accountTokenCount', 1, [1, 2, 3]),
    /** Beyond it, 614; 0: as many as one likes, as on Platform. */
    serversMax: settings.declare('serversMax', 0),
    /** Archived streams count until they are purged. Postmark's errors say 10; a review says 10, 30 or unlimited by plan. */
    streamsPerServer: settings.declare('streamsPerServer', 10),
    /** Without it every call of the message streams API is 1220; suppressions and webhooks of streams have no such gate. */
    messageStreamsEnabled: settings.declare('messageStreamsEnabled', true),
    templatesPerServer: settings.declare('templatesPerServer', 100),
    /** Domains that another account has: this one does not own them (513 and 507). */
    foreignDomains: settings.declare<string[]>('foreignDomains', []),
    /** A sending IP address off the allow-list: every send is 1480. */
    callerOffAllowList: settings.declare('callerOffAllowList', false),
    /** Support must switch data removals on; until then 1302. */
    dataRemovals: settings.declare('dataRemovals', false),
    /** From a request for data removal until it is Done. */
    dataRemovalMs: settings.declare('dataRemovalMs', 3_600_000),
    /** Support must switch the Bulk API on; until then 14. */
    bulkEnabled: settings.declare('bulkEnabled', false),
    /** Postmark sets the pace of a bulk request: this many of its messages go out at once, … */
    bulkChunk: settings.declare('bulkChunk', 500),
    /** … and this long lies between two such chunks, and before the first. */
    bulkChunkMs: settings.declare('bulkChunkMs', 1000),
    /** How a bulk request ends whose sending became impossible: Failed in the clients' source, Cancelled in the documentation. */
    bulkFailureStatus: settings.declare<'Failed' | 'Cancelled'>('bulkFailureStatus', 'Failed', ['Failed', 'Cancelled']),
  };
}
