/** Record sets as dns-packet encodes them. Values were checked when they were written, so fields are present and in order. */
import type { Answer, CaaData } from 'dns-packet';
import { parseCharacterStrings } from '../route53/characterString.ts';
import { wireName } from '../route53/recordName.ts';
import type { OwnedSet } from './zoneAnswer.ts';

const fieldsOf = (value: string): string[] => value.trim().split(/\s+/);

function stringsOf(value: string): Buffer[] {
  const parsed = parseCharacterStrings(value);
  return parsed.kind === 'parsed' ? parsed.strings : [];
}

function caaData(value: string): CaaData {
  const [, flags = '0', tag = 'issue', text = ''] = /^(\d+) (\S+) "(.*)"$/.exec(value) ?? [];
  return { flags: Number(flags), tag: tag === 'issuewild' || tag === 'iodef' ? tag : 'issue', value: text };
}

function soaData(value: string) {
  const [mname = '', rname = '', ...numbers] = fieldsOf(value);
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
  return { mname: wireName(mname), rname: wireName(rname), serial, refresh, retry, expire, minimum };
}

export function wireRecords({ owner, set }: OwnedSet): Answer[] {
  const head = { name: wireName(owner), ttl: set.ttl, class: 'IN' } as const;
  return set.values.map((value): Answer => {
    const [first = '', second = '', third = '', fourth = ''] = fieldsOf(value);
    switch (set.type) {
      case 'TXT':
        return { ...head, type: 'TXT', data: stringsOf(value) };
      case 'MX':
        return { ...head, type: 'MX', data: { preference: Number(first), exchange: wireName(second) } };
      case 'SRV':
        return {
          ...head,
          type: 'SRV',
          data: { priority: Number(first), weight: Number(second), port: Number(third), target: wireName(fourth) },
        };
      case 'SOA':
        return { ...head, type: 'SOA', data: soaData(value) };
      case 'CAA':
        return { ...head, type: 'CAA', data: caaData(value) };
      case 'A':
      case 'AAAA':
        return { ...head, type: set.type, data: value };
      default:
        return { ...head, type: set.type, data: wireName(value) };
    }
  });
}
