import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import type { WorldSettings } from '../world/world.ts';
import type { DelegationSets } from './delegationSets.ts';
import type { Zones } from './zones.ts';

/** Switches of this room, posted to `/settings`. */
export type Route53Settings = {
  /** How long a change stays PENDING, in domain time. */
  insyncMs: { readonly value: number };
  /** Refuse a change of a zone while an earlier one is PENDING, as Route 53 may do. */
  priorRequestStrict: { readonly value: boolean };
  /** Whether the quotas below refuse, or are only told by GetAccountLimit and GetHostedZoneLimit. */
  route53Limits: { readonly value: 'told' | 'enforced' };
  zonesPerAccountMax: { readonly value: number };
  recordSetsPerZoneMax: { readonly value: number };
  delegationSetsPerAccountMax: { readonly value: number };
  zonesPerDelegationSetMax: { readonly value: number };
  protectionsPerZoneMax: { readonly value: number };
};

export type Route53Context = { zones: Zones; delegationSets: DelegationSets; settings: Route53Settings; touched: () => void };

/** Defaults are the documented quotas; that of protections is not documented. */
export function declareRoute53Settings(settings: WorldSettings): Route53Settings {
  return {
    insyncMs: settings.declare('insyncMs', 0),
    priorRequestStrict: settings.declare('priorRequestStrict', false),
    route53Limits: settings.declare<'told' | 'enforced'>('route53Limits', 'told', ['told', 'enforced']),
    zonesPerAccountMax: settings.declare('zonesPerAccountMax', 500),
    recordSetsPerZoneMax: settings.declare('recordSetsPerZoneMax', 10_000),
    delegationSetsPerAccountMax: settings.declare('delegationSetsPerAccountMax', 100),
    zonesPerDelegationSetMax: settings.declare('zonesPerDelegationSetMax', 100),
    protectionsPerZoneMax: settings.declare('protectionsPerZoneMax', 1000),
  };
}

/** Whether one more would be too many. */
export const isFull = (context: Route53Context, count: number, quota: { readonly value: number }): boolean =>
  context.settings.route53Limits.value === 'enforced' && count >= quota.value;

/** Carries one call out; throws Route53Error. `parameters` are those of the path. */
export type Operation = (context: Route53Context, request: RimRequest, ...parameters: (string | undefined)[]) => RimAnswer;
