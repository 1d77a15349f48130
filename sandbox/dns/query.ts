/**
 * Reads a DNS query. Names stay octets: a label may hold any, and the letters a question was asked in must come back as they were.
 * What is no query (too short, unreadable, or itself an answer) is null and ignored, as any server does.
 */
import { nameOfLabels } from '../route53/recordName.ts';
import { nameOfType, questionTypes } from './wireType.ts';

/** `name` is canonical; `type` by name, or `TYPE123`. `bytes`: the question section as it was sent. */
export type Question = { name: string; type: string; isInternet: boolean; bytes: Buffer };

export type Edns = { udpSize: number; version: number; dnssecOk: boolean };

export type Query = {
  id: number;
  opcode: number;
  recursionDesired: boolean;
  checkingDisabled: boolean;
  /** Null when there is not exactly one question, which is a format error. */
  question: Question | null;
  edns: Edns | null;
  isMalformed: boolean;
};

const headerBytes = 12;
const classIn = 1;
/** RFC 1035: 255 octets, the root's length included. */
const nameBytesMax = 255;

type Parsed<T> = { value: T; end: number };

/** Compression may point backwards only; each jump goes further back, so there is an end. */
function readName(raw: Buffer, start: number): Parsed<Buffer[]> | null {
  const labels: Buffer[] = [];
  let at = start;
  let end: number | null = null;
  let limit = start;
  let sizeBytes = 1;
  for (;;) {
    if (at >= raw.length) return null;
    const length = raw.readUInt8(at);
    if (length === 0) return { value: labels, end: end ?? at + 1 };
    if (length >= 0xc0) {
      if (at + 2 > raw.length) return null;
      const target = raw.readUInt16BE(at) & 0x3fff;
      if (target >= limit) return null;
      end ??= at + 2;
      limit = target;
      at = target;
      continue;
    }
    sizeBytes += length + 1;
    if (length > 63 || sizeBytes > nameBytesMax || at + 1 + length > raw.length) return null;
    labels.push(raw.subarray(at + 1, at + 1 + length));
    at += length + 1;
  }
}

function readQuestion(raw: Buffer, start: number): Parsed<Question> | null {
  const name = readName(raw, start);
  if (name === null || name.end + 4 > raw.length) return null;
  // The first name of a message has nothing before it to point at; answers point at where its labels stand.
  if (name.end - start !== name.value.reduce((sum, label) => sum + label.length + 1, 1)) return null;
  const end = name.end + 4;
  return {
    value: {
      name: nameOfLabels(name.value),
      type: nameOfType(raw.readUInt16BE(name.end)),
      isInternet: raw.readUInt16BE(name.end + 2) === classIn,
      bytes: raw.subarray(start, end),
    },
    end,
  };
}

/** RFC 6891: the class of an OPT record is a size, its TTL holds version and flags. */
function readRecord(raw: Buffer, start: number): Parsed<Edns | null> | null {
  const name = readName(raw, start);
  if (name === null || name.end + 10 > raw.length) return null;
  const end = name.end + 10 + raw.readUInt16BE(name.end + 8);
  if (end > raw.length) return null;
  if (raw.readUInt16BE(name.end) !== questionTypes.OPT) return { value: null, end };
  const dnssecOk = (raw.readUInt8(name.end + 6) & 0x80) !== 0;
  return { value: { udpSize: raw.readUInt16BE(name.end + 2), version: raw.readUInt8(name.end + 5), dnssecOk }, end };
}

type Sections = { question: Question | null; options: Edns[] };

function readSections(raw: Buffer): Sections | null {
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => raw.readUInt16BE(at));
  let at = headerBytes;
  let question: Question | null = null;
  for (let left = questions ?? 0; left > 0; left -= 1) {
    const read = readQuestion(raw, at);
    if (read === null) return null;
    question = questions === 1 ? read.value : null;
    at = read.end;
  }
  const options: Edns[] = [];
  for (let left = (answers ?? 0) + (authorities ?? 0) + (additionals ?? 0); left > 0; left -= 1) {
    const read = readRecord(raw, at);
    if (read === null) return null;
    if (read.value !== null) options.push(read.value);
    at = read.end;
  }
  return { question, options };
}

export function readQuery(raw: Buffer): Query | null {
  if (raw.length < headerBytes || (raw.readUInt8(2) & 0x80) !== 0) return null;
  const sections = readSections(raw);
  if (sections === null) return null;
  return {
    id: raw.readUInt16BE(0),
    opcode: (raw.readUInt8(2) >> 3) & 0xf,
    recursionDesired: (raw.readUInt8(2) & 1) === 1,
    checkingDisabled: (raw.readUInt8(3) & 0x10) !== 0,
    question: sections.question,
    edns: sections.options[0] ?? null,
    // One OPT record at most (RFC 6891 section 6.1.1); OPT is no type to ask for.
    isMalformed: sections.question === null || sections.options.length > 1 || sections.question.type === 'OPT',
  };
}
