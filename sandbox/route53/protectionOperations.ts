/** Operations on record-set protections. A batch is all or nothing, and every entry that fails is told. */
import { z } from 'zod';
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import { canonicalName, isWithin } from './recordName.ts';
import { listStart, refuseWhilePending, zoneOf } from './recordOperations.ts';
import { isRecordType } from './recordSet.ts';
import { isFull, type Operation, type Route53Context } from './route53Context.ts';
import { type EntryError, Route53Error } from './route53Error.ts';
import { readBody, type XmlNode, xmlAnswer } from './xml.ts';
import type { Zone } from './zones.ts';

/** The API's bounds. */
const batchMax = 100;
const commentMax = 256;
const pageMax = 300;

const key = z.strictObject({ RecordName: z.string().min(1), RecordType: z.string().min(1) });
const config = key.extend({ Comment: z.string().max(commentMax).optional() });

const createBody = z.strictObject({
  CreateResourceRecordSetProtectionsRequest: z.object({
    Protections: z.object({ ResourceRecordSetProtectionConfig: z.array(config).min(1).max(batchMax) }),
  }),
});

const deleteBody = z.strictObject({
  DeleteResourceRecordSetProtectionsRequest: z.object({
    Protections: z.object({ ResourceRecordSetProtectionKey: z.array(key).min(1).max(batchMax) }),
  }),
});

type Asked = z.output<typeof key>;
type Entry = { asked: Asked; name: string; type: string };

function entryError({ RecordName, RecordType }: Asked, Code: string, Message: string): EntryError {
  return { RecordName, RecordType, Code, Message };
}

/** What is wrong with the entries as such, before anyone looks for what exists. */
function invalidEntries(zone: Zone, asked: readonly Asked[]): EntryError[] {
  const seen = new Set<string>();
  return asked.flatMap((entry) => {
    const name = canonicalName(entry.RecordName);
    const place = `${name} ${entry.RecordType}`;
    const isRepeated = seen.has(place);
    seen.add(place);
    if (name === null) return entryError(entry, 'InvalidInput', `'${entry.RecordName}' is not a domain name`);
    if (!isWithin(name, zone.name)) return entryError(entry, 'InvalidInput', `${name} is not in zone ${zone.name}`);
    if (!isRecordType(entry.RecordType))
      return entryError(entry, 'InvalidInput', `Records of type '${entry.RecordType}' cannot be protected`);
    return isRepeated ? entryError(entry, 'InvalidInput', `${name} ${entry.RecordType} appears more than once in the request`) : [];
  });
}

function refuseInvalid(zone: Zone, asked: readonly Asked[]): Entry[] {
  const errors = invalidEntries(zone, asked);
  if (errors.length > 0) throw new Route53Error('InvalidResourceRecordSetProtectionBatch', 'One or more entries are not valid.', errors);
  return asked.map((entry) => ({ asked: entry, name: canonicalName(entry.RecordName) ?? '', type: entry.RecordType }));
}

function createProtections(context: Route53Context, request: RimRequest, zoneId: string | undefined): RimAnswer {
  const zone = zoneOf(context, zoneId);
  const asked = readBody(createBody, request.body, 'CreateResourceRecordSetProtections').CreateResourceRecordSetProtectionsRequest
    .Protections.ResourceRecordSetProtectionConfig;
  refuseWhilePending(context, zone);
  const entries = refuseInvalid(zone, asked);
  const existing = entries.flatMap((entry) =>
    zone.protections.find(entry) === undefined
      ? []
      : entryError(entry.asked, 'ProtectionAlreadyExists', `A protection already exists for ${entry.name} ${entry.type}`),
  );
  if (existing.length > 0) {
    const code = existing.length === entries.length ? 'ProtectionAlreadyExists' : 'InvalidResourceRecordSetProtectionBatch';
    throw new Route53Error(code, 'One or more protections already exist.', existing);
  }
  if (isFull(context, zone.protections.size + entries.length - 1, context.settings.protectionsPerZoneMax)) {
    throw new Route53Error('LimitsExceeded', 'The limit of resource record set protections of this hosted zone has been reached.');
  }
  for (const [index, { name, type }] of entries.entries()) zone.protections.add({ name, type, comment: asked[index]?.Comment ?? null });
  context.touched();
  return xmlAnswer(200, 'CreateResourceRecordSetProtectionsResponse', {});
}

function deleteProtections(context: Route53Context, request: RimRequest, zoneId: string | undefined): RimAnswer {
  const zone = zoneOf(context, zoneId);
  const asked = readBody(deleteBody, request.body, 'DeleteResourceRecordSetProtections').DeleteResourceRecordSetProtectionsRequest
    .Protections.ResourceRecordSetProtectionKey;
  refuseWhilePending(context, zone);
  const entries = refuseInvalid(zone, asked);
  const missing = entries.flatMap((entry) =>
    zone.protections.find(entry) === undefined
      ? entryError(entry.asked, 'ProtectionNotFound', `No protection exists for ${entry.name} ${entry.type}`)
      : [],
  );
  if (missing.length > 0)
    throw new Route53Error('InvalidResourceRecordSetProtectionBatch', 'One or more protections do not exist.', missing);
  for (const entry of entries) zone.protections.remove(entry);
  context.touched();
  return xmlAnswer(200, 'DeleteResourceRecordSetProtectionsResponse', {});
}

const tokenOf = (place: { name: string; type: string }): string => Buffer.from(`${place.name} ${place.type}`).toString('base64url');

function placeOfToken(token: string): { name: string; type: string } {
  const [, name, type] = /^(\S+\.) ([A-Z]+)$/.exec(Buffer.from(token, 'base64url').toString('latin1')) ?? [];
  if (name === undefined || type === undefined) throw new Route53Error('InvalidPaginationToken', `The token '${token}' is not valid`);
  return { name, type };
}

function resultsAsked(request: RimRequest): number {
  const asked = request.query.get('maxresults') ?? String(pageMax);
  if (!/^[1-9]\d*$/.test(asked)) throw new Route53Error('InvalidInput', `maxresults must be a number of at least 1, not '${asked}'`);
  return Math.min(pageMax, Number(asked));
}

function listProtections(context: Route53Context, request: RimRequest, zoneId: string | undefined): RimAnswer {
  const zone = zoneOf(context, zoneId);
  const token = request.query.get('nexttoken');
  const { protections, next } = zone.protections.page(token === null ? listStart(request) : placeOfToken(token), resultsAsked(request));
  const shown = protections.map(
    ({ name, type, comment }): XmlNode => ({ RecordName: name, RecordType: type, Comment: comment ?? undefined }),
  );
  return xmlAnswer(200, 'ListResourceRecordSetProtectionsResponse', {
    ResourceRecordSetProtections: { ResourceRecordSetProtection: shown },
    NextToken: next === null ? undefined : tokenOf(next),
  });
}

export const protectionOperations: Readonly<Record<string, Operation>> = {
  CreateResourceRecordSetProtections: createProtections,
  DeleteResourceRecordSetProtections: deleteProtections,
  ListResourceRecordSetProtections: listProtections,
};
