/** Operations on reusable delegation sets. */
import { z } from 'zod';
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import type { DelegationSet } from './delegationSets.ts';
import { itemsAsked } from './recordOperations.ts';
import { plainId } from './resourceId.ts';
import { isFull, type Operation, type Route53Context } from './route53Context.ts';
import { Route53Error } from './route53Error.ts';
import { readBody, type XmlNode, xmlAnswer } from './xml.ts';

const pageMax = 100;

const createBody = z.strictObject({
  CreateReusableDelegationSetRequest: z.object({ CallerReference: z.string().min(1).max(128), HostedZoneId: z.string().optional() }),
});

const shownSet = (set: DelegationSet): XmlNode => ({
  Id: `/delegationset/${set.id}`,
  CallerReference: set.callerReference,
  NameServers: { NameServer: set.nameServers },
});

export function delegationSetOf(context: Route53Context, id: string | undefined): DelegationSet {
  const set = context.delegationSets.get(plainId(id ?? ''));
  if (set === undefined)
    throw new Route53Error('NoSuchDelegationSet', `A reusable delegation set with the specified ID does not exist: ${id ?? ''}`);
  return set;
}

export const zonesOfSet = (context: Route53Context, set: DelegationSet): number =>
  context.zones.all().filter((zone) => zone.delegationSetId === set.id || zone.id === set.fromZoneId).length;

function sourceZone(context: Route53Context, id: string | undefined) {
  if (id === undefined) return null;
  const zone = context.zones.get(plainId(id));
  if (zone === undefined) throw new Route53Error('HostedZoneNotFound', `The specified HostedZone can't be found: ${id}`);
  const isReusable = zone.delegationSetId !== null || context.delegationSets.all().some((set) => set.fromZoneId === zone.id);
  if (isReusable)
    throw new Route53Error('DelegationSetAlreadyReusable', 'The specified delegation set has already been marked as reusable.');
  return { id: zone.id, nameServers: zone.nameServers };
}

function createSet(context: Route53Context, request: RimRequest): RimAnswer {
  const asked = readBody(createBody, request.body, 'CreateReusableDelegationSet').CreateReusableDelegationSetRequest;
  const sets = context.delegationSets.all();
  if (sets.some((set) => set.callerReference === asked.CallerReference)) {
    throw new Route53Error(
      'DelegationSetAlreadyCreated',
      'A delegation set with the same owner and caller reference combination has already been created.',
    );
  }
  const source = sourceZone(context, asked.HostedZoneId);
  if (isFull(context, sets.length, context.settings.delegationSetsPerAccountMax))
    throw new Route53Error('LimitsExceeded', 'The limit of reusable delegation sets of this account has been reached.');
  const set = context.delegationSets.create(asked.CallerReference, source);
  context.touched();
  const answer = xmlAnswer(201, 'CreateReusableDelegationSetResponse', { DelegationSet: shownSet(set) });
  return { ...answer, headers: { ...answer.headers, location: `https://route53.amazonaws.com/2013-04-01/delegationset/${set.id}` } };
}

function getSet(context: Route53Context, _request: RimRequest, id: string | undefined): RimAnswer {
  return xmlAnswer(200, 'GetReusableDelegationSetResponse', { DelegationSet: shownSet(delegationSetOf(context, id)) });
}

function deleteSet(context: Route53Context, _request: RimRequest, id: string | undefined): RimAnswer {
  const set = delegationSetOf(context, id);
  if (zonesOfSet(context, set) > 0) {
    throw new Route53Error(
      'DelegationSetInUse',
      'The specified delegation contains associated hosted zones which must be deleted before the reusable delegation set can be deleted.',
    );
  }
  context.delegationSets.delete(set.id);
  context.touched();
  return xmlAnswer(200, 'DeleteReusableDelegationSetResponse', {});
}

function listSets(context: Route53Context, request: RimRequest): RimAnswer {
  const maxItems = itemsAsked(request, pageMax);
  const marker = request.query.get('marker');
  const sets = context.delegationSets.all();
  const start = marker === null ? 0 : sets.findIndex((set) => set.id === plainId(marker));
  if (start === -1) throw new Route53Error('InvalidInput', `The marker '${marker}' names no reusable delegation set`);
  const next = sets[start + maxItems];
  return xmlAnswer(200, 'ListReusableDelegationSetsResponse', {
    DelegationSets: { DelegationSet: sets.slice(start, start + maxItems).map(shownSet) },
    Marker: marker ?? '',
    IsTruncated: next !== undefined,
    NextMarker: next?.id,
    MaxItems: maxItems,
  });
}

function getSetLimit(context: Route53Context, _request: RimRequest, id: string | undefined, type: string | undefined): RimAnswer {
  const set = delegationSetOf(context, id);
  if (type !== 'MAX_ZONES_BY_REUSABLE_DELEGATION_SET')
    throw new Route53Error('InvalidInput', `Value '${type ?? ''}' at 'type' must be MAX_ZONES_BY_REUSABLE_DELEGATION_SET`);
  return xmlAnswer(200, 'GetReusableDelegationSetLimitResponse', {
    Limit: { Type: type, Value: context.settings.zonesPerDelegationSetMax.value },
    Count: zonesOfSet(context, set),
  });
}

export const delegationSetOperations: Readonly<Record<string, Operation>> = {
  CreateReusableDelegationSet: createSet,
  GetReusableDelegationSet: getSet,
  DeleteReusableDelegationSet: deleteSet,
  ListReusableDelegationSets: listSets,
  GetReusableDelegationSetLimit: getSetLimit,
};
