/**
 * Writes DNS answers. The question section is copied from the request byte for byte, and names are shortened by pointing back at it: so an
 * owner comes back in the letters it was asked in (resolvers compare them), and sizes are those of a real server.
 */
import { nameOfLabels, wireLabels } from '../route53/recordName.ts';
import type { RecordSet } from '../route53/recordSet.ts';
import type { Query } from './query.ts';
import { type RdataPart, rdataParts } from './rdata.ts';
import { numberOfType, questionTypes, type Rcode, rcodes } from './wireType.ts';

/** `owner` is the canonical name that the records answer for: of a wildcard's records, the name that was asked. */
export type OwnedSet = { owner: string; set: RecordSet };

export type Reply = {
  rcode: Rcode;
  authoritative: boolean;
  /** Said by a resolver. */
  recursionAvailable?: boolean;
  answers: readonly OwnedSet[];
  authorities: readonly OwnedSet[];
  additionals: readonly OwnedSet[];
};

export type Transport = 'udp' | 'tcp';

const headerBytes = 12;
/** RFC 1035; without EDNS0 a UDP answer may not be longer. */
const plainUdpBytes = 512;
/** What we take over UDP, and the most we send: the size that the DNS flag day of 2020 settled on. */
const ednsUdpBytes = 1232;
/** The length of a message over TCP has two octets. */
const tcpBytesMax = 0xffff;
/** A pointer has 14 bits; names further in cannot be pointed at. */
const pointerMax = 0x3fff;
const classIn = 1;

class MessageWriter {
  readonly #chunks: Buffer[] = [];
  readonly #offsets = new Map<string, number>();
  #length = headerBytes;

  question(bytes: Buffer, name: string): void {
    this.#remember(wireLabels(name), headerBytes);
    this.#push(bytes);
  }

  record({ owner, set }: OwnedSet, value: string): void {
    this.#name(wireLabels(owner), true);
    const head = Buffer.alloc(8);
    head.writeUInt16BE(numberOfType(set.type), 0);
    head.writeUInt16BE(classIn, 2);
    head.writeUInt32BE(set.ttl, 4);
    this.#push(head);
    const length = Buffer.alloc(2);
    this.#push(length);
    const start = this.#length;
    for (const part of rdataParts(set.type, value)) this.#part(part);
    length.writeUInt16BE(this.#length - start);
  }

  options(extendedRcode: number, dnssecOk: boolean): void {
    const bytes = Buffer.alloc(11);
    bytes.writeUInt16BE(questionTypes.OPT, 1);
    bytes.writeUInt16BE(ednsUdpBytes, 3);
    bytes.writeUInt8(extendedRcode, 5);
    bytes.writeUInt8(dnssecOk ? 0x80 : 0, 7);
    this.#push(bytes);
  }

  message(header: Buffer): Buffer {
    return Buffer.concat([header, ...this.#chunks]);
  }

  #part(part: RdataPart): void {
    if (Buffer.isBuffer(part)) this.#push(part);
    else this.#name(part.labels, part.mayCompress);
  }

  #name(labels: readonly Buffer[], mayCompress: boolean): void {
    const at = labels.findIndex((_, index) => mayCompress && this.#offsets.has(nameOfLabels(labels.slice(index))));
    const pointer = at === -1 ? undefined : this.#offsets.get(nameOfLabels(labels.slice(at)));
    const written = at === -1 ? labels : labels.slice(0, at);
    this.#remember(labels, this.#length, written.length);
    for (const label of written) this.#push(Buffer.concat([Buffer.from([label.length]), label]));
    const end = Buffer.from([0xc0 | ((pointer ?? 0) >> 8), (pointer ?? 0) & 0xff]);
    this.#push(pointer === undefined ? Buffer.from([0]) : end);
  }

  /** The first `count` labels of the name, each with what follows it, can be pointed at from now on. */
  #remember(labels: readonly Buffer[], start: number, count = labels.length): void {
    let at = start;
    for (const [index, label] of labels.slice(0, count).entries()) {
      const suffix = nameOfLabels(labels.slice(index));
      if (at <= pointerMax && !this.#offsets.has(suffix)) this.#offsets.set(suffix, at);
      at += label.length + 1;
    }
  }

  #push(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }
}

const recordCount = (sets: readonly OwnedSet[]): number => sets.reduce((sum, { set }) => sum + set.values.length, 0);

function headerOf(query: Query, reply: Reply, isTruncated: boolean): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(query.id, 0);
  header.writeUInt8(
    0x80 | (query.opcode << 3) | (reply.authoritative ? 0x04 : 0) | (isTruncated ? 0x02 : 0) | (query.recursionDesired ? 0x01 : 0),
    2,
  );
  const flags = (reply.recursionAvailable === true ? 0x80 : 0) | (query.checkingDisabled ? 0x10 : 0);
  header.writeUInt8(flags | (rcodes[reply.rcode] & 0xf), 3);
  header.writeUInt16BE(query.question === null ? 0 : 1, 4);
  return header;
}

function encoded(query: Query, reply: Reply, isTruncated: boolean): Buffer {
  const header = headerOf(query, reply, isTruncated);
  const writer = new MessageWriter();
  if (query.question !== null) writer.question(query.question.bytes, query.question.name);
  const sections = isTruncated ? [[], [], []] : [reply.answers, reply.authorities, reply.additionals];
  for (const [index, sets] of sections.entries()) {
    header.writeUInt16BE(recordCount(sets), 6 + index * 2);
    for (const owned of sets) for (const value of owned.set.values) writer.record(owned, value);
  }
  if (query.edns !== null) {
    header.writeUInt16BE(header.readUInt16BE(10) + 1, 10);
    writer.options(rcodes[reply.rcode] >> 4, query.edns.dnssecOk);
  }
  return writer.message(header);
}

function limitOf({ edns }: Query, transport: Transport): number {
  if (transport === 'tcp') return tcpBytesMax;
  return edns === null ? plainUdpBytes : Math.max(plainUdpBytes, Math.min(edns.udpSize, ednsUdpBytes));
}

/**
 * An answer that does not fit goes out empty with TC set; additional records are let go first. Over UDP the asker comes back over TCP. Over TCP only ANY can
 * be too long, and there is nothing more to come back for.
 */
export function writeReply(query: Query, reply: Reply, transport: Transport): Buffer {
  const whole = encoded(query, reply, false);
  const limit = limitOf(query, transport);
  if (whole.length <= limit) return whole;
  const withoutExtras = encoded(query, { ...reply, additionals: [] }, false);
  return withoutExtras.length <= limit ? withoutExtras : encoded(query, reply, true);
}
