/** Record values as octets. Values were checked when they were written, so fields are present and in order. */
import { parseCharacterStrings } from '../route53/characterString.ts';
import { wireLabels } from '../route53/recordName.ts';
import { fieldsOf, type RecordType } from '../route53/recordSet.ts';
import { ipv6Bytes, readSvcbValue } from '../route53/svcbValue.ts';

/** Octets, or a name; the writer may shorten a name only where the type is one of RFC 1035's. */
export type RdataPart = Buffer | { labels: Buffer[]; mayCompress: boolean };

const byte = (field: string | undefined): Buffer => Buffer.from([Number(field ?? 0) & 0xff]);

const short = (field: string | number | undefined): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(Number(field ?? 0));
  return bytes;
};

const long = (field: string | undefined): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Number(field ?? 0));
  return bytes;
};

const hex = (field: string | undefined): Buffer => Buffer.from(field ?? '', 'hex');
const shortenedName = (field: string | undefined): RdataPart => ({ labels: wireLabels(field ?? '.'), mayCompress: true });
const wholeName = (field: string | undefined): RdataPart => ({ labels: wireLabels(field ?? '.'), mayCompress: false });

/** Each string is preceded by its length in one octet. */
function strings(value: string): Buffer {
  const parsed = parseCharacterStrings(value);
  return parsed.kind === 'parsed'
    ? Buffer.concat(parsed.strings.flatMap((string) => [byte(String(string.length)), string]))
    : Buffer.alloc(0);
}

function caa(value: string): Buffer {
  const [, flags = '0', tag = '', text = ''] = /^(\d+) (\S+) "(.*)"$/.exec(value) ?? [];
  return Buffer.concat([byte(flags), byte(String(tag.length)), Buffer.from(tag), Buffer.from(text)]);
}

function svcb(value: string): RdataPart[] {
  const read = readSvcbValue(value);
  return read === null ? [] : [short(read.priority), wholeName(read.target), read.parameters];
}

export function rdataParts(type: RecordType, value: string): RdataPart[] {
  const [first, second, third, fourth, fifth, sixth, seventh] = fieldsOf(value);
  switch (type) {
    case 'A':
      return [Buffer.from(value.trim().split('.').map(Number))];
    case 'AAAA':
      return [ipv6Bytes(value.trim()) ?? Buffer.alloc(16)];
    case 'TXT':
    case 'SPF':
      return [strings(value)];
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return [shortenedName(first)];
    case 'MX':
      return [short(first), shortenedName(second)];
    case 'SOA':
      return [shortenedName(first), shortenedName(second), ...[third, fourth, fifth, sixth, seventh].map(long)];
    case 'SRV':
      return [short(first), short(second), short(third), wholeName(fourth)];
    case 'NAPTR':
      return [short(first), short(second), ...[third, fourth, fifth].map((text) => strings(text ?? '""')), wholeName(sixth)];
    case 'DS':
      return [short(first), byte(second), byte(third), hex(fourth)];
    case 'SSHFP':
      return [byte(first), byte(second), hex(third)];
    case 'TLSA':
      return [byte(first), byte(second), byte(third), hex(fourth)];
    case 'CAA':
      return [caa(value)];
    case 'SVCB':
    case 'HTTPS':
      return svcb(value);
  }
}
