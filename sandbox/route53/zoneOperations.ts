/** Operations on hosted zones. */
import { z } from 'zod';
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import { canonicalName, reversedName } from './recordName.ts';
import { changeInfo, itemsAsked, zoneOf } from './recordOperations.ts';
import type { Operation, Route53Context } from './route53Context.ts';
import { Route53Error } from './route53Error.ts';
import { readXml, type XmlNode, xmlAnswer } from './xml.ts';
import type { Zone } from './zones.ts';

/** Most zones in one page, and the default quotas of an account. */
const pageMax = 100;
const recordsPerZoneMax = 10_000;

const createBody = z.strictObject({
  CreateHostedZoneRequest: z.object({
    Name: z.string().min(1),
    CallerReference: z.string().min(1),
    HostedZoneConfig: z.object({ Comment: z.string().default(''), PrivateZone: z.string().optional() }).optional(),
    VPC: z.unknown().optional(),
    DelegationSetId: z.unknown().optional(),
  }),
});

const shownZone = (zone: Zone): XmlNode => ({
  Id: `/hostedzone/${zone.id}`,
  Name: zone.name,
  CallerReference: zone.callerReference,
  Config: { Comment: zone.comment === '' ? undefined : zone.comment, PrivateZone: false },
  ResourceRecordSetCount: zone.records.size,
});

const delegationSet = (zone: Zone): XmlNode => ({ NameServers: { NameServer: zone.nameServers } });

function readCreate(body: Buffer) {
  const read = createBody.safeParse(readXml(body));
  if (!read.success)
    throw new Route53Error('InvalidInput', `CreateHostedZone: '${read.error.issues[0]?.path.join('.') ?? ''}' is missing or not valid`);
  const { VPC: vpc, DelegationSetId: delegationSetId, ...asked } = read.data.CreateHostedZoneRequest;
  if (vpc !== undefined || delegationSetId !== undefined || asked.HostedZoneConfig?.PrivateZone === 'true') {
    throw new Route53Error('NotImplemented', 'The sandbox serves public zones only; it does not serve VPC, PrivateZone or DelegationSetId');
  }
  return asked;
}

function createHostedZone(context: Route53Context, request: RimRequest): RimAnswer {
  const asked = readCreate(request.body);
  const name = canonicalName(asked.Name);
  if (name === null) throw new Route53Error('InvalidDomainName', `'${asked.Name}' is not a domain name`);
  if (context.zones.all().some((zone) => zone.callerReference === asked.CallerReference)) {
    throw new Route53Error(
      'HostedZoneAlreadyExists',
      `A hosted zone has already been created with the specified caller reference: ${asked.CallerReference}`,
    );
  }
  const zone = context.zones.create(name, asked.CallerReference, asked.HostedZoneConfig?.Comment ?? '');
  const change = context.zones.recordChange(zone.id, context.settings.insyncMs.value, '');
  context.touched();
  const answer = xmlAnswer(201, 'CreateHostedZoneResponse', {
    HostedZone: shownZone(zone),
    ChangeInfo: changeInfo(context, change, 'PENDING'),
    DelegationSet: delegationSet(zone),
  });
  return { ...answer, headers: { ...answer.headers, location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}` } };
}

function getHostedZone(context: Route53Context, _request: RimRequest, id: string | undefined): RimAnswer {
  const zone = zoneOf(context, id);
  return xmlAnswer(200, 'GetHostedZoneResponse', { HostedZone: shownZone(zone), DelegationSet: delegationSet(zone) });
}

function deleteHostedZone(context: Route53Context, _request: RimRequest, id: string | undefined): RimAnswer {
  const zone = zoneOf(context, id);
  const needless = zone.records.all().filter((set) => set.name !== zone.name || (set.type !== 'NS' && set.type !== 'SOA'));
  if (needless.length > 0) {
    throw new Route53Error(
      'HostedZoneNotEmpty',
      'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
    );
  }
  context.zones.delete(zone.id);
  const change = context.zones.recordChange(zone.id, context.settings.insyncMs.value, '');
  context.touched();
  return xmlAnswer(200, 'DeleteHostedZoneResponse', { ChangeInfo: changeInfo(context, change, 'PENDING') });
}

function listHostedZones(context: Route53Context, request: RimRequest): RimAnswer {
  const maxItems = itemsAsked(request, pageMax);
  const marker = request.query.get('marker');
  const zones = context.zones.all();
  const start = marker === null ? 0 : zones.findIndex((zone) => zone.id === marker);
  if (start === -1) throw new Route53Error('InvalidInput', `The marker '${marker}' names no hosted zone`);
  const next = zones[start + maxItems];
  return xmlAnswer(200, 'ListHostedZonesResponse', {
    HostedZones: { HostedZone: zones.slice(start, start + maxItems).map(shownZone) },
    Marker: marker ?? undefined,
    IsTruncated: next !== undefined,
    NextMarker: next?.id,
    MaxItems: maxItems,
  });
}

function listHostedZonesByName(context: Route53Context, request: RimRequest): RimAnswer {
  const maxItems = itemsAsked(request, pageMax);
  const dnsName = request.query.get('dnsname');
  const zoneId = request.query.get('hostedzoneid');
  const placeOf = (name: string, id: string) => `${reversedName(name)} ${id}`;
  const from = dnsName === null ? '' : placeOf(canonicalName(dnsName) ?? dnsName, zoneId ?? '');
  const ordered = context.zones.all().map((zone) => ({ place: placeOf(zone.name, zone.id), zone }));
  const rest = ordered.sort((a, b) => (a.place < b.place ? -1 : 1)).filter(({ place }) => place >= from);
  const next = rest[maxItems]?.zone;
  return xmlAnswer(200, 'ListHostedZonesByNameResponse', {
    HostedZones: { HostedZone: rest.slice(0, maxItems).map(({ zone }) => shownZone(zone)) },
    DNSName: dnsName ?? undefined,
    HostedZoneId: zoneId ?? undefined,
    IsTruncated: next !== undefined,
    NextDNSName: next?.name,
    NextHostedZoneId: next?.id,
    MaxItems: maxItems,
  });
}

function getHostedZoneCount(context: Route53Context): RimAnswer {
  return xmlAnswer(200, 'GetHostedZoneCountResponse', { HostedZoneCount: context.zones.all().length });
}

function getHostedZoneLimit(context: Route53Context, _request: RimRequest, id: string | undefined, type: string | undefined): RimAnswer {
  const zone = zoneOf(context, id);
  if (type !== 'MAX_RRSETS_BY_ZONE')
    throw new Route53Error('InvalidInput', `The sandbox knows the limit MAX_RRSETS_BY_ZONE, not '${type ?? ''}'`);
  return xmlAnswer(200, 'GetHostedZoneLimitResponse', { Limit: { Type: type, Value: recordsPerZoneMax }, Count: zone.records.size });
}

export const zoneOperations: Readonly<Record<string, Operation>> = {
  CreateHostedZone: createHostedZone,
  GetHostedZone: getHostedZone,
  DeleteHostedZone: deleteHostedZone,
  ListHostedZones: listHostedZones,
  ListHostedZonesByName: listHostedZonesByName,
  GetHostedZoneCount: getHostedZoneCount,
  GetHostedZoneLimit: getHostedZoneLimit,
};
