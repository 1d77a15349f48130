import { decodedText, encodedText, parseCharacterStrings } from './characterString.ts';
import { canonicalName } from './recordName.ts';
import { ipv6Bytes, readSvcbValue } from './svcbValue.ts';

/** Every type that a simple record set of Route 53 can have. */
export const recordTypes = [
  'A',
  'AAAA',
  'CAA',
  'CNAME',
  'DS',
  'HTTPS',
  'MX',
  'NAPTR',
  'NS',
  'PTR',
  'SOA',
  'SPF',
  'SRV',
  'SSHFP',
  'SVCB',
  'TLSA',
  'TXT',
] as const;

export type RecordType = (typeof recordTypes)[number];

/** `name` is canonical; `values` are as they were written. */
export type RecordSet = { name: string; type: RecordType; ttl: number; values: string[] };

export const isRecordType = (type: string): type is RecordType => recordTypes.some((known) => known === type);

export const keyOf = (set: { name: string; type: string }): string => `${set.name} ${set.type}`;

const octet = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const ipv4 = new RegExp(`^${octet}(\\.${octet}){3}$`);
const isDomain = (value: string): boolean => canonicalName(value) !== null && !/\s/.test(value);
/** `.` says "nothing", as in a null MX. */
const isDomainOrRoot = (value: string): boolean => value === '.' || isDomain(value);
const isAtMost =
  (max: number) =>
  (value: string): boolean =>
    /^\d{1,10}$/.test(value) && Number(value) <= max;
const isByte = isAtMost(255);
const isShort = isAtMost(65_535);
const isLong = isAtMost(4_294_967_295);
const isHex = (value: string): boolean => /^([0-9a-fA-F]{2})+$/.test(value);
const isQuoted = (value: string): boolean => {
  const parsed = parseCharacterStrings(value);
  return parsed.kind === 'parsed' && parsed.strings.length === 1;
};

/** Fields are separated by blanks; a quoted one may hold some. */
export const fieldsOf = (value: string): string[] => value.trim().match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];

function fieldsMatch(value: string, checks: readonly ((field: string) => boolean)[]): boolean {
  const fields = fieldsOf(value);
  return fields.length === checks.length && checks.every((check, index) => check(fields[index] ?? ''));
}

function isSvcb(value: string): boolean {
  const read = readSvcbValue(value);
  return read !== null && isDomainOrRoot(read.target);
}

const valueIsValid: { [type in Exclude<RecordType, 'TXT' | 'SPF'>]: (value: string) => boolean } = {
  A: (value) => ipv4.test(value),
  AAAA: (value) => ipv6Bytes(value) !== null,
  CAA: (value) => /^\d{1,3} (issue|issuewild|iodef) "[\x20-\x7e]*"$/.test(value) && isByte(value.split(' ')[0] ?? ''),
  CNAME: isDomain,
  DS: (value) => fieldsMatch(value, [isShort, isByte, isByte, isHex]),
  HTTPS: isSvcb,
  MX: (value) => fieldsMatch(value, [isShort, isDomainOrRoot]),
  NAPTR: (value) => fieldsMatch(value, [isShort, isShort, isQuoted, isQuoted, isQuoted, isDomainOrRoot]),
  NS: isDomain,
  PTR: isDomain,
  SOA: (value) => fieldsMatch(value, [isDomain, isDomain, isLong, isLong, isLong, isLong, isLong]),
  SRV: (value) => fieldsMatch(value, [isShort, isShort, isShort, isDomainOrRoot]),
  SSHFP: (value) => fieldsMatch(value, [isByte, isByte, isHex]),
  SVCB: isSvcb,
  TLSA: (value) => fieldsMatch(value, [isByte, isByte, isByte, isHex]),
};

const isText = (type: RecordType): type is 'TXT' | 'SPF' => type === 'TXT' || type === 'SPF';

/** What Route 53 says about a value that the type cannot hold; null when it can. */
export function valueProblem(type: RecordType, value: string): string | null {
  if (isText(type)) {
    const parsed = parseCharacterStrings(value);
    return parsed.kind === 'parsed' ? null : `Invalid Resource Record: 'FATAL problem: ${parsed.problem} encountered with '${value}''`;
  }
  if (valueIsValid[type](value)) return null;
  return `Invalid Resource Record: 'FATAL problem: ${type}RRDATAIllegal (Value is not a valid ${type} record) encountered with '${value}''`;
}

/** Values as people read them: text unquoted and joined, others as written. */
export const plainValues = (set: RecordSet): string[] => (isText(set.type) ? set.values.map(decodedText) : [...set.values]);

export const writtenValue = (type: RecordType, plain: string): string => (isText(type) ? encodedText(plain) : plain);
