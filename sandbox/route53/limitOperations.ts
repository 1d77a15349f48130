/** What the account and its zones may hold, and hold. Of what the sandbox does not have there is none, within Route 53's default quota. */
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import { zoneOf } from './recordOperations.ts';
import type { Operation, Route53Context } from './route53Context.ts';
import { Route53Error } from './route53Error.ts';
import { xmlAnswer } from './xml.ts';

/** Default quotas of what is not served here. */
const healthChecksMax = 200;
const trafficPoliciesMax = 50;
const trafficPolicyInstancesMax = 5;
const vpcsPerZoneMax = 300;

type Measured = { max: number; count: number };

const accountLimits: Readonly<Record<string, (context: Route53Context) => Measured>> = {
  MAX_HOSTED_ZONES_BY_OWNER: ({ zones, settings }) => ({ max: settings.zonesPerAccountMax.value, count: zones.all().length }),
  MAX_REUSABLE_DELEGATION_SETS_BY_OWNER: ({ delegationSets, settings }) => ({
    max: settings.delegationSetsPerAccountMax.value,
    count: delegationSets.all().length,
  }),
  MAX_HEALTH_CHECKS_BY_OWNER: () => ({ max: healthChecksMax, count: 0 }),
  MAX_TRAFFIC_POLICIES_BY_OWNER: () => ({ max: trafficPoliciesMax, count: 0 }),
  MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER: () => ({ max: trafficPolicyInstancesMax, count: 0 }),
};

function unknownType(type: string | undefined, known: readonly string[]): Route53Error {
  return new Route53Error('InvalidInput', `Value '${type ?? ''}' at 'type' must be one of ${known.join(', ')}`);
}

function getAccountLimit(context: Route53Context, _request: RimRequest, type: string | undefined): RimAnswer {
  const measure = Object.hasOwn(accountLimits, type ?? '') ? accountLimits[type ?? ''] : undefined;
  if (measure === undefined) throw unknownType(type, Object.keys(accountLimits));
  const { max, count } = measure(context);
  return xmlAnswer(200, 'GetAccountLimitResponse', { Limit: { Type: type, Value: max }, Count: count });
}

function getHostedZoneLimit(context: Route53Context, _request: RimRequest, id: string | undefined, type: string | undefined): RimAnswer {
  const zone = zoneOf(context, id);
  const limits: Record<string, Measured> = {
    MAX_RRSETS_BY_ZONE: { max: context.settings.recordSetsPerZoneMax.value, count: zone.records.size },
    MAX_VPCS_ASSOCIATED_BY_ZONE: { max: vpcsPerZoneMax, count: 0 },
  };
  const measured = Object.hasOwn(limits, type ?? '') ? limits[type ?? ''] : undefined;
  if (measured === undefined) throw unknownType(type, Object.keys(limits));
  return xmlAnswer(200, 'GetHostedZoneLimitResponse', { Limit: { Type: type, Value: measured.max }, Count: measured.count });
}

const count = (operation: string, member: string, counted: (context: Route53Context) => number): Operation => {
  return (context) => xmlAnswer(200, `${operation}Response`, { [member]: counted(context) });
};

export const limitOperations: Readonly<Record<string, Operation>> = {
  GetAccountLimit: getAccountLimit,
  GetHostedZoneLimit: getHostedZoneLimit,
  GetHostedZoneCount: count('GetHostedZoneCount', 'HostedZoneCount', ({ zones }) => zones.all().length),
  GetHealthCheckCount: count('GetHealthCheckCount', 'HealthCheckCount', () => 0),
  GetTrafficPolicyInstanceCount: count('GetTrafficPolicyInstanceCount', 'TrafficPolicyInstanceCount', () => 0),
};
