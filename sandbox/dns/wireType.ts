/** Numbers of record types and response codes, as IANA has them. */
import { type RecordType, recordTypes } from '../route53/recordSet.ts';

const typeNumbers: { readonly [type in RecordType]: number } = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  SSHFP: 44,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  CAA: 257,
};

/** Types that are asked about and never held. */
export const questionTypes = { OPT: 41, IXFR: 251, AXFR: 252, ANY: 255 } as const;

const namesByNumber = new Map<number, string>([
  ...recordTypes.map((type): [number, string] => [typeNumbers[type], type]),
  ...Object.entries(questionTypes).map(([name, number]): [number, string] => [number, name]),
]);

export const numberOfType = (type: RecordType): number => typeNumbers[type];

/** RFC 3597 for a type that has no name here. */
export const nameOfType = (number: number): string => namesByNumber.get(number) ?? `TYPE${number}`;

/** BADVERS does not fit the header: its upper bits travel in the OPT record. */
export const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;

export type Rcode = keyof typeof rcodes;
