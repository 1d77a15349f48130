/**
 * Route 53 for one account: changes, their status, and the whole zone page by page.
 * Names leave here in lower case without the trailing dot, values as plain text. Records that are not TXT or CNAME, and aliases, are left out of a
 * listing: nothing of ours is among them. A crash between `change` and its answer is an unknown outcome; UPSERT may then simply be repeated.
 */
import { buffer } from 'node:stream/consumers';
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { PortFault } from '../core/portFault.ts';
import { awsFault } from './awsFault.ts';
import { type AwsOptions, awsClientOptions } from './awsOptions.ts';
import { withDeadline } from './deadline.ts';
import type { ZoneChange, ZoneRecord, ZoneWriter } from './ports.ts';
import { readRecordPage } from './recordPage.ts';
import { decodeName, decodeTxt, encodeTxt } from './zoneValue.ts';

/** Route 53's largest page. */
const pageMax = 300;

export function route53(options: Omit<AwsOptions, 'region'>): ZoneWriter & { close(): void } {
  // Route 53 is a global service, signed for this region whatever region we run in.
  const client = new Route53Client(awsClientOptions({ ...options, region: 'us-east-1' }));
  const ask = async <T>(operation: string, call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(options.timeoutMs, null, call);
    } catch (error) {
      throw awsFault('route53', operation, error);
    }
  };

  return {
    async change(zoneId, changes) {
      const operation = 'ChangeResourceRecordSets';
      const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes: changes.map(wireChange) } });
      const answer = await ask(operation, (abortSignal) => client.send(command, { abortSignal }));
      return { changeId: required(operation, answer.ChangeInfo?.Id).replace(/^\/change\//, '') };
    },

    async changeStatus(changeId) {
      const operation = 'GetChange';
      const answer = await ask(operation, (abortSignal) => client.send(new GetChangeCommand({ Id: changeId }), { abortSignal }));
      return required(operation, answer.ChangeInfo?.Status) === 'INSYNC' ? 'INSYNC' : 'PENDING';
    },

    async listRecords(zoneId, from) {
      const start = from === null ? {} : { StartRecordName: from.name, StartRecordType: wireType(from.type) };
      const command = new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, MaxItems: pageMax, ...start });
      const read = recordsOfAnswer(command);
      const answer = await ask('ListResourceRecordSets', (abortSignal) => client.send(command, { abortSignal }));
      const records = read() ?? required('ListResourceRecordSets', answer.ResourceRecordSets).flatMap(toRecord);
      const { IsTruncated, NextRecordName, NextRecordType } = answer;
      const more = IsTruncated === true && NextRecordName !== undefined && NextRecordType !== undefined;
      // Where to go on is kept as Route 53 wrote it, escapes included: it sorts by that.
      return { records, next: more ? { name: NextRecordName, type: NextRecordType } : null };
    },

    async nameServers(zoneId) {
      const answer = await ask('GetHostedZone', (abortSignal) => client.send(new GetHostedZoneCommand({ Id: zoneId }), { abortSignal }));
      return required('GetHostedZone', answer.DelegationSet?.NameServers).map(decodeName);
    },

    close: () => client.destroy(),
  };
}

/** Has the record sets of the answer read by `recordPage.ts`; what it answers is null where they were left to the SDK. */
function recordsOfAnswer(command: ListResourceRecordSetsCommand): () => ZoneRecord[] | null {
  let records: ZoneRecord[] | null = null;
  command.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { response } = answer;
      const body = isAnswer(response) ? response.body : null;
      if (!isAnswer(response) || !isStream(body)) return answer;
      const bytes = await buffer(body);
      const page = readRecordPage(bytes.toString('utf8'));
      records = page?.records ?? null;
      response.body = page === null ? bytes : Buffer.from(page.rest);
      return answer;
    },
    // The lowest of its step: what it answers is what the SDK's own reading is given.
    { step: 'deserialize', priority: 'low', name: 'recordsOfAnswer' },
  );
  return () => records;
}

const isAnswer = (response: unknown): response is { statusCode: 200; body: unknown } =>
  typeof response === 'object' && response !== null && 'statusCode' in response && response.statusCode === 200 && 'body' in response;

const isStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

function required<T>(operation: string, value: T | null | undefined): T {
  if (value !== null && value !== undefined) return value;
  const detail = { class: 'unknown', provider: 'route53', operation, httpStatus: 200, code: null } as const;
  throw new PortFault(detail, `${operation}: Route 53 answered 200 without what was asked for`, null);
}

const wireChange = ({ action, record }: ZoneChange) => ({
  Action: action,
  ResourceRecordSet: {
    Name: record.name,
    Type: record.type,
    TTL: record.ttl,
    ResourceRecords: record.values.map((value) => ({ Value: record.type === 'TXT' ? encodeTxt(value) : value })),
  },
});

/** The record types that a page can start at; ours never start anywhere else than where Route 53 said. */
type WireType = NonNullable<ResourceRecordSet['Type']>;
const wireType = (type: string): WireType => type as WireType;

function toRecord(set: ResourceRecordSet): ZoneRecord[] {
  const { Name, Type, TTL, ResourceRecords } = set;
  if (Name === undefined || TTL === undefined || ResourceRecords === undefined || (Type !== 'TXT' && Type !== 'CNAME')) return [];
  const values = ResourceRecords.map(({ Value = '' }) => (Type === 'TXT' ? decodeTxt(Value) : decodeName(Value)));
  return [{ name: decodeName(Name), type: Type, ttl: TTL, values }];
}
