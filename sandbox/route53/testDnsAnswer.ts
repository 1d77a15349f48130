/** TestDNSAnswer: what the name servers of a zone say now, which is what is in sync, without a packet. */
import { isIP } from 'node:net';
import { answerQuestion } from '../dns/zoneAnswer.ts';
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import { canonicalName, isWithin } from './recordName.ts';
import { zoneOf } from './recordOperations.ts';
import { isRecordType, recordTypes } from './recordSet.ts';
import { plainId } from './resourceId.ts';
import type { Operation, Route53Context } from './route53Context.ts';
import { Route53Error } from './route53Error.ts';
import { xmlAnswer } from './xml.ts';

function addressOf(request: RimRequest, parameter: string): string | null {
  const given = request.query.get(parameter);
  if (given !== null && isIP(given) === 0) throw new Route53Error('InvalidInput', `'${given}' at '${parameter}' is not an IP address`);
  return given;
}

function refuseBadSubnet(request: RimRequest): void {
  addressOf(request, 'resolverip');
  const subnet = addressOf(request, 'edns0clientsubnetip');
  const mask = request.query.get('edns0clientsubnetmask');
  if (mask === null) return;
  const max = subnet !== null && isIP(subnet) === 6 ? 128 : 32;
  if (subnet === null || !/^\d{1,3}$/.test(mask) || Number(mask) > max)
    throw new Route53Error('InvalidInput', `'edns0clientsubnetmask' must be a number from 0 to ${max}, beside an 'edns0clientsubnetip'`);
}

function testDnsAnswer(context: Route53Context, request: RimRequest): RimAnswer {
  const zone = zoneOf(context, plainId(request.query.get('hostedzoneid') ?? ''));
  const asked = request.query.get('recordname') ?? '';
  const type = request.query.get('recordtype') ?? '';
  const name = canonicalName(asked);
  if (name === null || !isWithin(name, zone.name)) throw new Route53Error('InvalidInput', `'${asked}' is not a name of zone ${zone.name}`);
  if (!isRecordType(type))
    throw new Route53Error('InvalidInput', `Value '${type}' at 'recordtype' must be one of ${recordTypes.join(', ')}`);
  refuseBadSubnet(request);
  const answer = answerQuestion(context.zones, name, type);
  return xmlAnswer(200, 'TestDNSAnswerResponse', {
    Nameserver: zone.nameServers[0],
    RecordName: name,
    RecordType: type,
    RecordData: { RecordDataEntry: answer.answers.flatMap(({ set }) => set.values) },
    ResponseCode: answer.rcode,
    Protocol: 'UDP',
  });
}

export const testDnsAnswerOperations: Readonly<Record<string, Operation>> = { TestDNSAnswer: testDnsAnswer };
