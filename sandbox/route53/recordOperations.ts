/** Operations on the records of a zone, and on changes. */
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import { judgeBatch, type ZoneView } from './changeBatch.ts';
import { readChangeBatch } from './changeBatchBody.ts';
import { canonicalName } from './recordName.ts';
import { isRecordType, type RecordSet, recordTypes } from './recordSet.ts';
import { plainId } from './resourceId.ts';
import type { Operation, Route53Context } from './route53Context.ts';
import { Route53Error } from './route53Error.ts';
import { type XmlNode, xmlAnswer } from './xml.ts';
import type { Change, Zone } from './zones.ts';

/** Most record sets in one page of ListResourceRecordSets. */
const pageMax = 300;

export function zoneOf(context: Route53Context, id: string | undefined): Zone {
  const zone = context.zones.get(plainId(id ?? ''));
  if (zone === undefined) throw new Route53Error('NoSuchHostedZone', `No hosted zone found with ID: ${id ?? ''}`);
  return zone;
}

/** Route 53 may refuse a change of a zone while an earlier one is still under way. */
export function refuseWhilePending(context: Route53Context, zone: Zone): void {
  if (!context.settings.priorRequestStrict.value || zone.pending.length === 0) return;
  throw new Route53Error('PriorRequestNotComplete', 'The request was rejected because Route 53 was still processing a prior request.');
}

/** The zone as a batch is judged against it. */
export const viewOf = (context: Route53Context, zone: Zone): ZoneView => ({
  name: zone.name,
  records: zone.records,
  protections: zone.protections,
  recordsMax: context.settings.route53Limits.value === 'enforced' ? context.settings.recordSetsPerZoneMax.value : undefined,
});

/** `status` is given where the answer is PENDING by rule: the answer to the call that made the change. */
export function changeInfo(context: Route53Context, change: Change, status?: 'PENDING'): XmlNode {
  return {
    Id: `/change/${change.id}`,
    Status: status ?? (context.zones.isInSync(change) ? 'INSYNC' : 'PENDING'),
    SubmittedAt: new Date(change.submittedAt).toISOString(),
    Comment: change.comment === '' ? undefined : change.comment,
  };
}

function changeResourceRecordSets(context: Route53Context, request: RimRequest, zoneId: string | undefined): RimAnswer {
  const zone = zoneOf(context, zoneId);
  const { changes, comment } = readChangeBatch(request.body);
  refuseWhilePending(context, zone);
  const verdict = judgeBatch(viewOf(context, zone), changes);
  if (verdict.kind === 'refused') throw new Route53Error('InvalidChangeBatch', `[${verdict.messages.join(', ')}]`);
  const change = context.zones.change(zone, verdict.effects, context.settings.insyncMs.value, comment);
  context.touched();
  return xmlAnswer(200, 'ChangeResourceRecordSetsResponse', { ChangeInfo: changeInfo(context, change, 'PENDING') });
}

function getChange(context: Route53Context, _request: RimRequest, id: string | undefined): RimAnswer {
  const change = context.zones.findChange(plainId(id ?? ''));
  if (change === undefined) throw new Route53Error('NoSuchChange', `Could not find resource with ID: ${id ?? ''}`);
  return xmlAnswer(200, 'GetChangeResponse', { ChangeInfo: changeInfo(context, change) });
}

const shownSet = (set: RecordSet): XmlNode => ({
  Name: set.name,
  Type: set.type,
  TTL: set.ttl,
  ResourceRecords: { ResourceRecord: set.values.map((value) => ({ Value: value })) },
});

/** A number of items asked for: at least 1, at most `max`, which is also what is given when nothing is asked for. */
export function itemsAsked(request: RimRequest, max: number): number {
  const asked = request.query.get('maxitems');
  if (asked === null) return max;
  if (!/^[1-9]\d*$/.test(asked)) throw new Route53Error('InvalidInput', `maxitems must be a number of at least 1, not '${asked}'`);
  return Math.min(max, Number(asked));
}

/** Where a list of names and types begins; null: at its beginning. */
export function listStart(request: RimRequest): { name: string; type: string } | null {
  const name = request.query.get('name');
  const type = request.query.get('type');
  if (name === null && type !== null)
    throw new Route53Error('InvalidInput', 'The input is not valid: StartRecordType needs StartRecordName');
  const identifier = request.query.get('identifier');
  if (identifier !== null && type === null)
    throw new Route53Error('InvalidInput', 'The input is not valid: StartRecordIdentifier needs StartRecordName and StartRecordType');
  if (type !== null && !isRecordType(type)) {
    throw new Route53Error(
      'InvalidInput',
      `1 validation error detected: Value '${type}' at 'type' must be one of ${recordTypes.join(', ')}`,
    );
  }
  if (name === null) return null;
  const canonical = canonicalName(name);
  if (canonical === null) throw new Route53Error('InvalidInput', `StartRecordName is not a domain name: '${name}'`);
  return { name: canonical, type: type ?? '' };
}

function listResourceRecordSets(context: Route53Context, request: RimRequest, zoneId: string | undefined): RimAnswer {
  const maxItems = itemsAsked(request, pageMax);
  const { sets, next } = zoneOf(context, zoneId).records.page(listStart(request), maxItems);
  return xmlAnswer(200, 'ListResourceRecordSetsResponse', {
    ResourceRecordSets: { ResourceRecordSet: sets.map(shownSet) },
    IsTruncated: next !== null,
    MaxItems: maxItems,
    NextRecordName: next?.name,
    NextRecordType: next?.type,
  });
}

export const recordOperations: Readonly<Record<string, Operation>> = {
  ChangeResourceRecordSets: changeResourceRecordSets,
  GetChange: getChange,
  ListResourceRecordSets: listResourceRecordSets,
};
