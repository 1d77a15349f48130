/** Operations on hosted zones. */
import { z } from 'zod';
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import type { Instant } from '../world/world.ts';
import { delegationSetOf, zonesOfSet } from './delegationSetOperations.ts';
import { canonicalName, reversedName } from './recordName.ts';
import { changeInfo, itemsAsked, refuseWhilePending, zoneOf } from './recordOperations.ts';
import { isFull, type Operation, type Route53Context } from './route53Context.ts';
import { Route53Error } from './route53Error.ts';
import { readBody, type XmlNode, xmlAnswer } from './xml.ts';
import type { Zone } from './zones.ts';

/** Most zones in one page. */
const pageMax = 100;
const commentMax = 256;

const createBody = z.strictObject({
  CreateHostedZoneRequest: z.object({
    Name: z.string().min(1),
    CallerReference: z.string().min(1),
    HostedZoneConfig: z.object({ Comment: z.string().max(commentMax).default(''), PrivateZone: z.string().optional() }).optional(),
    VPC: z.unknown().optional(),
    DelegationSetId: z.string().optional(),
  }),
});

const commentBody = z.strictObject({
  UpdateHostedZoneCommentRequest: z.union([z.object({ Comment: z.string().max(commentMax).default('') }), z.literal('')]),
});

const featuresBody = z.strictObject({
  UpdateHostedZoneFeaturesRequest: z.object({ EnableAcceleratedRecovery: z.enum(['true', 'false']) }),
});

function shownFeatures({ acceleratedRecovery }: Zone, now: Instant): XmlNode {
  if (acceleratedRecovery === null) return undefined;
  const { isEnabled, at } = acceleratedRecovery;
  return { AcceleratedRecoveryStatus: at <= now ? (isEnabled ? 'ENABLED' : 'DISABLED') : isEnabled ? 'ENABLING' : 'DISABLING' };
}

const zoneShownAt =
  (now: Instant) =>
  (zone: Zone): XmlNode => ({
    Id: `/hostedzone/${zone.id}`,
    Name: zone.name,
    CallerReference: zone.callerReference,
    Config: { Comment: zone.comment === '' ? undefined : zone.comment, PrivateZone: false },
    ResourceRecordSetCount: zone.records.size,
    Features: shownFeatures(zone, now),
  });

const shownZone = (context: Route53Context, zone: Zone): XmlNode => zoneShownAt(context.zones.now())(zone);

const shownDelegationSet = (zone: Zone): XmlNode => ({
  Id: zone.delegationSetId === null ? undefined : `/delegationset/${zone.delegationSetId}`,
  NameServers: { NameServer: zone.nameServers },
});

function readCreate(body: Buffer) {
  const { VPC: vpc, ...asked } = readBody(createBody, body, 'CreateHostedZone').CreateHostedZoneRequest;
  if (vpc !== undefined || asked.HostedZoneConfig?.PrivateZone === 'true')
    throw new Route53Error('NotImplemented', 'The sandbox serves public zones only; it does not serve VPC or PrivateZone');
  return asked;
}

function setForNewZone(context: Route53Context, id: string | undefined, name: string) {
  if (id === undefined) return undefined;
  const set = delegationSetOf(context, id);
  if (isFull(context, zonesOfSet(context, set), context.settings.zonesPerDelegationSetMax))
    throw new Route53Error('TooManyHostedZones', 'The limit of hosted zones of this reusable delegation set has been reached.');
  // Two zones of one name would answer from the same servers.
  if (context.zones.all().some((zone) => zone.name === name && zone.delegationSetId === set.id))
    throw new Route53Error('ConflictingDomainExists', `A hosted zone ${name} exists already with the same name servers.`);
  return { id: set.id, nameServers: set.nameServers };
}

function createHostedZone(context: Route53Context, request: RimRequest): RimAnswer {
  const asked = readCreate(request.body);
  const name = canonicalName(asked.Name);
  // An asterisk is a character like others in a zone's name, but not its first label.
  if (name === null || name.startsWith('\\052.')) throw new Route53Error('InvalidDomainName', `'${asked.Name}' is not a domain name`);
  if (context.zones.all().some((zone) => zone.callerReference === asked.CallerReference)) {
    throw new Route53Error(
      'HostedZoneAlreadyExists',
      `A hosted zone has already been created with the specified caller reference: ${asked.CallerReference}`,
    );
  }
  if (isFull(context, context.zones.all().length, context.settings.zonesPerAccountMax))
    throw new Route53Error('TooManyHostedZones', 'Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones.');
  const delegationSet = setForNewZone(context, asked.DelegationSetId, name);
  const zone = context.zones.create({
    name,
    callerReference: asked.CallerReference,
    comment: asked.HostedZoneConfig?.Comment ?? '',
    ...(delegationSet === undefined ? {} : { delegationSet }),
  });
  const change = context.zones.recordChange(zone.id, context.settings.insyncMs.value, '');
  context.touched();
  const answer = xmlAnswer(201, 'CreateHostedZoneResponse', {
    HostedZone: shownZone(context, zone),
    ChangeInfo: changeInfo(context, change, 'PENDING'),
    DelegationSet: shownDelegationSet(zone),
  });
  return { ...answer, headers: { ...answer.headers, location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}` } };
}

function getHostedZone(context: Route53Context, _request: RimRequest, id: string | undefined): RimAnswer {
  const zone = zoneOf(context, id);
  return xmlAnswer(200, 'GetHostedZoneResponse', { HostedZone: shownZone(context, zone), DelegationSet: shownDelegationSet(zone) });
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
  if (zone.protections.size > 0)
    throw new Route53Error('HostedZoneNotEmpty', 'The specified hosted zone has resource record set protections and so cannot be deleted.');
  refuseWhilePending(context, zone);
  context.zones.delete(zone.id);
  const change = context.zones.recordChange(zone.id, context.settings.insyncMs.value, '');
  context.touched();
  return xmlAnswer(200, 'DeleteHostedZoneResponse', { ChangeInfo: changeInfo(context, change, 'PENDING') });
}

/** Private ones there are none; those of a delegation set are the ones that were made with it. */
function wantedZones(context: Route53Context, request: RimRequest): Zone[] {
  const setId = request.query.get('delegationsetid');
  const type = request.query.get('hostedzonetype');
  if (type !== null && type !== 'PrivateHostedZone')
    throw new Route53Error('InvalidInput', `Value '${type}' at 'hostedzonetype' must be PrivateHostedZone`);
  if (type !== null) return [];
  if (setId === null) return context.zones.all();
  const set = delegationSetOf(context, setId);
  return context.zones.all().filter((zone) => zone.delegationSetId === set.id);
}

function listHostedZones(context: Route53Context, request: RimRequest): RimAnswer {
  const maxItems = itemsAsked(request, pageMax);
  const marker = request.query.get('marker');
  const zones = wantedZones(context, request);
  const start = marker === null ? 0 : zones.findIndex((zone) => zone.id === marker);
  if (start === -1) throw new Route53Error('InvalidInput', `The marker '${marker}' names no hosted zone`);
  const next = zones[start + maxItems];
  return xmlAnswer(200, 'ListHostedZonesResponse', {
    HostedZones: { HostedZone: zones.slice(start, start + maxItems).map(zoneShownAt(context.zones.now())) },
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
    HostedZones: { HostedZone: rest.slice(0, maxItems).map(({ zone }) => shownZone(context, zone)) },
    DNSName: dnsName ?? undefined,
    HostedZoneId: zoneId ?? undefined,
    IsTruncated: next !== undefined,
    NextDNSName: next?.name,
    NextHostedZoneId: next?.id,
    MaxItems: maxItems,
  });
}

function updateComment(context: Route53Context, request: RimRequest, id: string | undefined): RimAnswer {
  const zone = zoneOf(context, id);
  const asked = readBody(commentBody, request.body, 'UpdateHostedZoneComment').UpdateHostedZoneCommentRequest;
  refuseWhilePending(context, zone);
  zone.comment = asked === '' ? '' : asked.Comment;
  context.touched();
  return xmlAnswer(200, 'UpdateHostedZoneCommentResponse', { HostedZone: shownZone(context, zone) });
}

function updateFeatures(context: Route53Context, request: RimRequest, id: string | undefined): RimAnswer {
  const zone = zoneOf(context, id);
  const asked = readBody(featuresBody, request.body, 'UpdateHostedZoneFeatures').UpdateHostedZoneFeaturesRequest;
  refuseWhilePending(context, zone);
  const at = context.zones.now() + context.settings.insyncMs.value;
  zone.acceleratedRecovery = { isEnabled: asked.EnableAcceleratedRecovery === 'true', at };
  context.touched();
  return xmlAnswer(200, 'UpdateHostedZoneFeaturesResponse', {});
}

export const zoneOperations: Readonly<Record<string, Operation>> = {
  CreateHostedZone: createHostedZone,
  GetHostedZone: getHostedZone,
  DeleteHostedZone: deleteHostedZone,
  ListHostedZones: listHostedZones,
  ListHostedZonesByName: listHostedZonesByName,
  UpdateHostedZoneComment: updateComment,
  UpdateHostedZoneFeatures: updateFeatures,
};
