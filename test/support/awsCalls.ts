/**
 * What IAM sees of a call that went over the wire: its action, the resource, and the condition keys that Route 53 and KMS fill. For the calls that the
 * service makes; any other is thrown, so that a new one is not silently left out of what the policy is held against.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { XMLParser } from 'fast-xml-parser';
import type { AwsRequest } from './iamPolicy.ts';

export type WireCall = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

/** Where its zone and its keys are, which a call over the wire does not say of itself. */
export type AwsPlace = { account: string; region: string };

export function awsRequestOf(call: WireCall, place: AwsPlace): AwsRequest {
  const target = call.headers['x-amz-target'];
  return typeof target === 'string' ? kmsRequest(target, call.body, place) : route53Request(call);
}

function kmsRequest(target: string, body: string, { account, region }: AwsPlace): AwsRequest {
  const { KeyId, EncryptionContext = {} }: { KeyId?: string; EncryptionContext?: Record<string, string> } = JSON.parse(body);
  if (KeyId === undefined) throw new Error(`${target} names no key: IAM would decide by whatever key the ciphertext belongs to`);
  const resource = KeyId.startsWith('arn:') ? KeyId : `arn:aws:kms:${region}:${account}:key/${KeyId}`;
  const pairs = Object.entries(EncryptionContext).map(([key, value]) => [`kms:EncryptionContext:${key}`, value]);
  const keys = Object.keys(EncryptionContext);
  const context = Object.fromEntries([...pairs, ...(keys.length === 0 ? [] : [['kms:EncryptionContextKeys', keys]])]);
  return { action: target.replace(/^TrentService\./, 'kms:'), resource, context };
}

function route53Request({ method, path, body }: WireCall): AwsRequest {
  const [, kind = '', id = '', what = ''] = /^\/2013-04-01\/(\w+)\/([^/?]+)(?:\/(\w+))?/.exec(path) ?? [];
  const action = route53Actions[`${method} ${kind}${what === '' ? '' : `/${what}`}`];
  if (action === undefined) throw new Error(`${method} ${path} is no call that is known here`);
  const context = action === 'ChangeResourceRecordSets' ? changeContext(body) : {};
  return { action: `route53:${action}`, resource: `arn:aws:route53:::${kind}/${id}`, context };
}

const route53Actions: Readonly<Record<string, string>> = {
  'POST hostedzone/rrset': 'ChangeResourceRecordSets',
  'GET hostedzone/rrset': 'ListResourceRecordSets',
  'GET hostedzone': 'GetHostedZone',
  'GET change': 'GetChange',
};

type Change = { Action: string; ResourceRecordSet: { Name: string; Type: string } };
const parser = new XMLParser({ isArray: (name) => name === 'Change' });

function changeContext(body: string): AwsRequest['context'] {
  const changes: readonly Change[] = parser.parse(body).ChangeResourceRecordSetsRequest.ChangeBatch.Changes.Change;
  const key = (what: string) => `route53:ChangeResourceRecordSets${what}`;
  const unique = (values: readonly string[]) => [...new Set(values)];
  return {
    [key('NormalizedRecordNames')]: unique(changes.map(({ ResourceRecordSet }) => normalizedName(ResourceRecordSet.Name))),
    [key('RecordTypes')]: unique(changes.map(({ ResourceRecordSet }) => ResourceRecordSet.Type)),
    [key('Actions')]: unique(changes.map(({ Action }) => Action)),
  };
}

/** Lower case, no trailing dot, and whatever is not a letter, a digit, `-`, `_` or `.` as `\ooo`. */
export function normalizedName(name: string): string {
  const escaped = (character: string): string => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/[^a-z0-9._\\-]/g, escaped);
}
