import { decodedText, encodedText, parseCharacterStrings } from './characterString.ts';
import { canonicalName } from './recordName.ts';

/** Simple record sets of these types are served; Route 53 knows more. */
export const recordTypes = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;

export type RecordType = (typeof recordTypes)[number];

/** `name` is canonical; `values` are as they were written. */
export type RecordSet = { name: string; type: RecordType; ttl: number; values: string[] };

export const isRecordType = (type: string): type is RecordType => recordTypes.some((known) => known === type);

export const keyOf = (set: { name: string; type: string }): string => `${set.name} ${set.type}`;

const octet = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const ipv4 = new RegExp(`^${octet}(\\.${octet}){3}$`);
const isDomain = (value: string): boolean => canonicalName(value) !== null && !/\s/.test(value);
const isShort = (value: string | undefined): boolean => value !== undefined && /^\d{1,5}$/.test(value) && Number(value) <= 65_535;
const isLong = (value: string | undefined): boolean => value !== undefined && /^\d{1,10}$/.test(value) && Number(value) <= 4_294_967_295;

function isIpv6(value: string): boolean {
  if (!/^[0-9a-fA-F:.]+$/.test(value) || !value.includes(':')) return false;
  return URL.canParse(`http://[${value}]/`);
}

function fieldsMatch(value: string, checks: readonly ((field: string) => boolean)[]): boolean {
  const fields = value.trim().split(/\s+/);
  return fields.length === checks.length && checks.every((check, index) => check(fields[index] ?? ''));
}

const valueIsValid: { [type in Exclude<RecordType, 'TXT'>]: (value: string) => boolean } = {
  A: (value) => ipv4.test(value),
  AAAA: isIpv6,
  CAA: (value) => /^\d{1,3} (issue|issuewild|iodef) "[\x20-\x7e]*"$/.test(value),
  CNAME: isDomain,
  MX: (value) => fieldsMatch(value, [isShort, isDomain]),
  NS: isDomain,
  PTR: isDomain,
  SOA: (value) => fieldsMatch(value, [isDomain, isDomain, isLong, isLong, isLong, isLong, isLong]),
  SRV: (value) => fieldsMatch(value, [isShort, isShort, isShort, isDomain]),
};

/** What Route 53 says about a value that the type cannot hold; null when it can. */
export function valueProblem(type: RecordType, value: string): string | null {
  if (type === 'TXT') {
    const parsed = parseCharacterStrings(value);
    return parsed.kind === 'parsed' ? null : `Invalid Resource Record: 'FATAL problem: ${parsed.problem} encountered with '${value}''`;
  }
  if (valueIsValid[type](value)) return null;
  return `Invalid Resource Record: 'FATAL problem: ${type}RRDATAIllegal (Value is not a valid ${type} record) encountered with '${value}''`;
}

/** Values as people read them: TXT unquoted and joined, others as written. */
export const plainValues = (set: RecordSet): string[] => (set.type === 'TXT' ? set.values.map(decodedText) : [...set.values]);

export const writtenValue = (type: RecordType, plain: string): string => (type === 'TXT' ? encodedText(plain) : plain);
