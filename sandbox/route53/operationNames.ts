/**
 * Every operation of the Route 53 API (2013-04-01) by method and path, so that a call to one that the sandbox does not serve is refused
 * by its name. `{x}` stands for one path segment.
 */
const table = `
POST keysigningkey/{x}/{x}/activate ActivateKeySigningKey
POST hostedzone/{x}/associatevpc AssociateVPCWithHostedZone
POST cidrcollection/{x} ChangeCidrCollection
POST hostedzone/{x}/rrset ChangeResourceRecordSets
POST tags/{x}/{x} ChangeTagsForResource
POST cidrcollection CreateCidrCollection
POST healthcheck CreateHealthCheck
POST hostedzone CreateHostedZone
POST keysigningkey CreateKeySigningKey
POST queryloggingconfig CreateQueryLoggingConfig
POST hostedzone/{x}/rrsetprotection CreateResourceRecordSetProtections
POST delegationset CreateReusableDelegationSet
POST trafficpolicy CreateTrafficPolicy
POST trafficpolicyinstance CreateTrafficPolicyInstance
POST trafficpolicy/{x} CreateTrafficPolicyVersion
POST hostedzone/{x}/authorizevpcassociation CreateVPCAssociationAuthorization
POST keysigningkey/{x}/{x}/deactivate DeactivateKeySigningKey
DELETE cidrcollection/{x} DeleteCidrCollection
DELETE healthcheck/{x} DeleteHealthCheck
DELETE hostedzone/{x} DeleteHostedZone
DELETE keysigningkey/{x}/{x} DeleteKeySigningKey
DELETE queryloggingconfig/{x} DeleteQueryLoggingConfig
POST hostedzone/{x}/rrsetprotection/delete DeleteResourceRecordSetProtections
DELETE delegationset/{x} DeleteReusableDelegationSet
DELETE trafficpolicy/{x}/{x} DeleteTrafficPolicy
DELETE trafficpolicyinstance/{x} DeleteTrafficPolicyInstance
POST hostedzone/{x}/deauthorizevpcassociation DeleteVPCAssociationAuthorization
POST hostedzone/{x}/disable-dnssec DisableHostedZoneDNSSEC
POST hostedzone/{x}/disassociatevpc DisassociateVPCFromHostedZone
POST hostedzone/{x}/enable-dnssec EnableHostedZoneDNSSEC
GET accountlimit/{x} GetAccountLimit
GET change/{x} GetChange
GET checkeripranges GetCheckerIpRanges
GET hostedzone/{x}/dnssec GetDNSSEC
GET geolocation GetGeoLocation
GET healthcheck/{x} GetHealthCheck
GET healthcheckcount GetHealthCheckCount
GET healthcheck/{x}/lastfailurereason GetHealthCheckLastFailureReason
GET healthcheck/{x}/status GetHealthCheckStatus
GET hostedzone/{x} GetHostedZone
GET hostedzonecount GetHostedZoneCount
GET hostedzonelimit/{x}/{x} GetHostedZoneLimit
GET queryloggingconfig/{x} GetQueryLoggingConfig
GET delegationset/{x} GetReusableDelegationSet
GET reusabledelegationsetlimit/{x}/{x} GetReusableDelegationSetLimit
GET trafficpolicy/{x}/{x} GetTrafficPolicy
GET trafficpolicyinstance/{x} GetTrafficPolicyInstance
GET trafficpolicyinstancecount GetTrafficPolicyInstanceCount
GET cidrcollection/{x}/cidrblocks ListCidrBlocks
GET cidrcollection ListCidrCollections
GET cidrcollection/{x} ListCidrLocations
GET geolocations ListGeoLocations
GET healthcheck ListHealthChecks
GET hostedzone ListHostedZones
GET hostedzonesbyname ListHostedZonesByName
GET hostedzonesbyvpc ListHostedZonesByVPC
GET queryloggingconfig ListQueryLoggingConfigs
GET hostedzone/{x}/rrsetprotection ListResourceRecordSetProtections
GET hostedzone/{x}/rrset ListResourceRecordSets
GET delegationset ListReusableDelegationSets
GET tags/{x}/{x} ListTagsForResource
POST tags/{x} ListTagsForResources
GET trafficpolicies ListTrafficPolicies
GET trafficpolicyinstances ListTrafficPolicyInstances
GET trafficpolicyinstances/hostedzone ListTrafficPolicyInstancesByHostedZone
GET trafficpolicyinstances/trafficpolicy ListTrafficPolicyInstancesByPolicy
GET trafficpolicies/{x}/versions ListTrafficPolicyVersions
GET hostedzone/{x}/authorizevpcassociation ListVPCAssociationAuthorizations
GET testdnsanswer TestDNSAnswer
POST healthcheck/{x} UpdateHealthCheck
POST hostedzone/{x} UpdateHostedZoneComment
POST hostedzone/{x}/features UpdateHostedZoneFeatures
POST trafficpolicy/{x}/{x} UpdateTrafficPolicyComment
POST trafficpolicyinstance/{x} UpdateTrafficPolicyInstance`;

/** `path` has `{x}` for one segment. */
export const everyOperation: readonly { name: string; method: string; path: string }[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [method = '', path = '', name = ''] = line.split(' ');
    return { name, method, path: `/2013-04-01/${path}` };
  });

const patterns = everyOperation.map(({ name, method, path }) => ({
  name,
  matcher: new RegExp(`^${method} ${path.replaceAll('{x}', '([^/]+)')}/?$`),
}));

/** A stray percent sign is taken as it is: there is no such id, and that is what the caller is to be told. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The operation that a method and path call, with its path parameters in order; null for a path of no operation. */
export function operationAt(method: string, path: string): { name: string; parameters: string[] } | null {
  const line = `${method} ${path}`;
  for (const { name, matcher } of patterns) {
    const match = matcher.exec(line);
    if (match !== null) return { name, parameters: match.slice(1).map(decoded) };
  }
  return null;
}
