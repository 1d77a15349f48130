/**
 * Amazon Route 53 on loopback: public zones with simple record sets, spoken in REST-XML as the AWS SDK speaks it.
 * A request needs a Signature Version 4 header; the signature itself is not checked.
 */
import { createHmac } from 'node:crypto';
import type { SandboxWorld } from '../world/createWorld.ts';
import type { HttpRoom, RimAnswer, RimRequest } from '../world/httpRim.ts';
import { InputError } from '../world/inputError.ts';
import type { Json, Room } from '../world/world.ts';
import { judgeBatch } from './changeBatch.ts';
import { delegationSetOperations } from './delegationSetOperations.ts';
import { DelegationSets } from './delegationSets.ts';
import { limitOperations } from './limitOperations.ts';
import { operationAt } from './operationNames.ts';
import { protectionOperations } from './protectionOperations.ts';
import { publicZoneOperations } from './publicZoneOperations.ts';
import { canonicalName } from './recordName.ts';
import { recordOperations, viewOf } from './recordOperations.ts';
import { isRecordType, plainValues, type RecordSet, recordTypes, writtenValue } from './recordSet.ts';
import { createRequestThrottle, type RequestThrottle } from './requestThrottle.ts';
import { declareRoute53Settings, type Operation, type Route53Context } from './route53Context.ts';
import { type EntryError, Route53Error, usualStatus } from './route53Error.ts';
import { savedZonesSchema } from './savedZones.ts';
import { tagOperations } from './tagOperations.ts';
import { testDnsAnswerOperations } from './testDnsAnswer.ts';
import { xmlAnswer } from './xml.ts';
import { zoneOperations } from './zoneOperations.ts';
import { type Zone, Zones, zoneIdFrom } from './zones.ts';

export type RecordEdit = {
  action: 'UPSERT' | 'DELETE';
  name: string;
  type: string;
  ttl?: number | undefined;
  values?: string[] | undefined;
};

export interface Route53Room extends Room, HttpRoom {
  readonly zones: Zones;
  /** The zone of the seed. */
  readonly zoneId: string;
  readonly zoneName: string;
  /** `POST /route53/record`: values are plain text; in DNS at once. Throws InputError. */
  editRecord(edit: RecordEdit): Json;
}

/** Generous for 1,000 changes of 32,000 characters in XML. */
const bodyLimitBytes = 1_000_000;
const handEditTtl = 300;
const operations = {
  ...recordOperations,
  ...zoneOperations,
  ...protectionOperations,
  ...tagOperations,
  ...delegationSetOperations,
  ...limitOperations,
  ...publicZoneOperations,
  ...testDnsAnswerOperations,
};

const isSigned = (request: RimRequest): boolean =>
  /^AWS4-HMAC-SHA256 Credential=.+SignedHeaders=.+Signature=.+/.test(request.headers.authorization ?? '') ||
  request.query.has('X-Amz-Signature');

const shownRecord = (set: RecordSet): Json => ({ Name: set.name, Type: set.type, TTL: set.ttl, Values: plainValues(set) });
const shownZone = (zone: Zone): Json => ({ Id: zone.id, Name: zone.name, records: zone.records.all().map(shownRecord) });

function errorAnswer(world: SandboxWorld, status: number, code: string, message: string, entries: readonly EntryError[] = []): RimAnswer {
  const requestId = world.random.fork('route53-request').uuid();
  return xmlAnswer(status, 'ErrorResponse', {
    Error: {
      Type: status >= 500 ? 'Receiver' : 'Sender',
      Code: code,
      Message: message,
      Errors: entries.length === 0 ? undefined : { ProtectionError: entries },
    },
    RequestId: requestId,
  });
}

/** A change-batch is weighed by its changes; what cannot be read weighs as one. */
const changesIn = (name: string, body: Buffer): number =>
  name === 'ChangeResourceRecordSets' ? Math.max(1, body.toString('latin1').match(/<(?:\w+:)?Change>/g)?.length ?? 0) : 0;

function dispatch(context: Route53Context, throttle: RequestThrottle, request: RimRequest): RimAnswer {
  if (!isSigned(request)) throw new Route53Error('MissingAuthenticationToken', 'Missing Authentication Token');
  const called = operationAt(request.method, request.path);
  const operation: Operation | undefined = Object.hasOwn(operations, called?.name ?? '') ? operations[called?.name ?? ''] : undefined;
  if (called === null) throw new Route53Error('NotImplemented', `${request.method} ${request.path} is no operation of Route 53`);
  if (operation === undefined) {
    throw new Route53Error(
      'NotImplemented',
      `The sandbox does not serve ${called.name}; it serves ${Object.keys(operations).sort().join(', ')}`,
    );
  }
  if (!throttle.admits(called.name, changesIn(called.name, request.body), performance.now()))
    throw new Route53Error('Throttling', 'Rate exceeded');
  return operation(context, request, ...called.parameters);
}

/** The change that a hand edit asks for. A DELETE without ttl or values takes the record set as it stands. */
function editByHand(context: Route53Context, edit: RecordEdit): Json {
  const name = canonicalName(edit.name);
  const type = edit.type.toUpperCase();
  const zone = name === null ? undefined : context.zones.holding(name);
  if (name === null || zone === undefined) throw new InputError(`name '${edit.name}' is in no hosted zone; name a record of one of them`);
  if (!isRecordType(type)) throw new InputError(`type '${edit.type}' is not served; use one of ${recordTypes.join(', ')}`);
  const current = zone.records.get(name, type);
  if (edit.action === 'UPSERT' && (edit.values ?? []).length === 0) throw new InputError('values is missing; an UPSERT needs at least one');
  if (edit.action === 'DELETE' && current === undefined) throw new InputError(`there is no ${type} record set '${name}' to delete`);
  const values = edit.values?.map((value) => writtenValue(type, value)) ?? current?.values ?? [];
  const ttl = edit.ttl ?? (edit.action === 'DELETE' ? current?.ttl : undefined) ?? handEditTtl;
  // Compared as plain text: whoever edits by hand does not know how the service cut the strings.
  const isSame = current !== undefined && plainValues(current).join('\n') === (edit.values ?? plainValues(current)).join('\n');
  const asStored = edit.action === 'DELETE' && isSame ? current.values : values;
  const verdict = judgeBatch(viewOf(context, zone), [{ action: edit.action, name, type, ttl, values: asStored }]);
  if (verdict.kind === 'refused') throw new InputError(verdict.messages.join(', '));
  context.zones.change(zone, verdict.effects, 0, 'by hand');
  context.touched();
  return { zoneId: zone.id, action: edit.action, record: shownRecord({ name, type, ttl, values: asStored }) };
}

export function createRoute53Room(world: SandboxWorld, seedZoneName: string): Route53Room {
  const zoneName = canonicalName(seedZoneName);
  if (zoneName === null) throw new InputError(`zone '${seedZoneName}' is not a domain name`);
  const zones = new Zones(world.clock, world.random.fork('route53'));
  const zoneId = zoneIdFrom(createHmac('sha256', world.random.seed).update(`zone ${zoneName}`).digest());
  const delegationSets = new DelegationSets(world.random.fork('route53-delegation-sets'));
  const settings = declareRoute53Settings(world.settings);
  const throttle = createRequestThrottle(world.settings);
  const context: Route53Context = { zones, delegationSets, settings, touched: world.touched };
  const seed = () => {
    if (zones.get(zoneId) === undefined)
      zones.create({ name: zoneName, callerReference: 'seed', comment: 'the zone of the partition' }, zoneId);
  };
  seed();
  return {
    name: 'route53',
    service: 'route53',
    bodyLimitBytes,
    zones,
    zoneId,
    zoneName: zoneName.slice(0, -1),
    operationOf: (request) => operationAt(request.method, request.path)?.name ?? null,
    handle: (request) => {
      try {
        return dispatch(context, throttle, request);
      } catch (cause) {
        if (cause instanceof Route53Error) return errorAnswer(world, cause.status, cause.code, cause.message, cause.entries);
        throw cause;
      }
    },
    faultAnswer: (fault) => {
      if (fault.kind === 'throttle') return errorAnswer(world, fault.status ?? 400, 'Throttling', 'Rate exceeded');
      const code = String(fault.errorCode ?? (fault.status === 503 ? 'ServiceUnavailable' : 'InternalFailure'));
      const status = fault.status ?? (fault.errorCode === undefined ? 500 : usualStatus(code));
      return errorAnswer(world, status, code, code === 'Throttling' ? 'Rate exceeded' : 'An injected fault');
    },
    crashAnswer: () => errorAnswer(world, 500, 'InternalFailure', 'The request processing has failed because of an unknown error'),
    tooLarge: () => errorAnswer(world, 413, 'RequestEntityTooLarge', `The body is larger than ${bodyLimitBytes} bytes`),
    editRecord: (edit) => editByHand(context, edit),
    show: () => ({ zones: zones.all().map(shownZone) }),
    save: () => ({ ...zones.save(), delegationSets: delegationSets.all() }),
    restore: (saved) => {
      const parsed = savedZonesSchema.parse(saved);
      zones.restore(parsed);
      delegationSets.replace(parsed.delegationSets);
      seed();
    },
    reset: () => {
      zones.restore({ zones: [], changes: [] });
      delegationSets.replace([]);
      throttle.reset();
      seed();
    },
  };
}
