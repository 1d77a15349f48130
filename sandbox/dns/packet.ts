/**
 * DNS messages in and out. The question section is copied from the request byte for byte: the asker's letter case comes back
 * (resolvers compare it), and so does a type that the library has no name for.
 */
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  type Packet,
  type Question,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';

export const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

export type Rcode = keyof typeof rcodes;

export type Query = {
  id: number;
  raw: Buffer;
  question: Question | null;
  opcode: number;
  recursionDesired: boolean;
  udpSize: number | null;
};

export type Reply = { rcode: Rcode; authoritative: boolean; answers: Answer[]; authorities: Answer[] };

const headerBytes = 12;
/** RFC 1035; without EDNS0 a UDP answer may not be longer. */
const plainUdpBytes = 512;
/** What we take over UDP, and the most we send: the size that the DNS flag day of 2020 settled on. */
const ednsUdpBytes = 1232;

/** Null for what is no query: too short, unreadable, or itself an answer. Those are ignored, as any server does. */
export function readQuery(raw: Buffer): Query | null {
  if (raw.length < headerBytes || (raw.readUInt8(2) & 0x80) !== 0) return null;
  const opcode = (raw.readUInt8(2) >> 3) & 0xf;
  let packet: DecodedPacket;
  try {
    packet = decode(raw);
  } catch {
    return null;
  }
  const options = (packet.additionals ?? []).find((additional) => additional.type === 'OPT');
  const question = packet.questions?.length === 1 ? (packet.questions[0] ?? null) : null;
  const udpSize = options?.type === 'OPT' ? options.udpPayloadSize : null;
  return { id: packet.id ?? 0, raw, question, opcode, recursionDesired: (raw.readUInt8(2) & 1) === 1, udpSize };
}

/** The bytes of the question: a name in the first place cannot be compressed, so it ends at its first zero length. */
function questionBytes(raw: Buffer): Buffer {
  let at = headerBytes;
  while (at < raw.length && raw.readUInt8(at) !== 0) at += raw.readUInt8(at) + 1;
  return raw.subarray(headerBytes, at + 5);
}

function encoded(query: Query, reply: Reply, truncated: boolean): Buffer {
  const flags =
    (reply.authoritative ? AUTHORITATIVE_ANSWER : 0) |
    (query.recursionDesired ? RECURSION_DESIRED : 0) |
    (truncated ? TRUNCATED_RESPONSE : 0) |
    rcodes[reply.rcode];
  const options = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: ednsUdpBytes,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  } as const;
  const packet: Packet = {
    type: 'response',
    id: query.id,
    flags,
    answers: truncated ? [] : reply.answers,
    authorities: truncated ? [] : reply.authorities,
    additionals: query.udpSize === null ? [] : [{ ...options, options: [] }],
  };
  const bytes = encode(packet);
  if (query.question === null) return bytes;
  bytes.writeUInt16BE(1, 4);
  return Buffer.concat([bytes.subarray(0, headerBytes), questionBytes(query.raw), bytes.subarray(headerBytes)]);
}

/** Over UDP an answer that does not fit goes out empty with TC set, and the asker comes back over TCP. */
export function writeReply(query: Query, reply: Reply, transport: 'udp' | 'tcp'): Buffer {
  const whole = encoded(query, reply, false);
  if (transport === 'tcp') return whole;
  const limit = query.udpSize === null ? plainUdpBytes : Math.max(plainUdpBytes, Math.min(query.udpSize, ednsUdpBytes));
  return whole.length > limit ? encoded(query, reply, true) : whole;
}
