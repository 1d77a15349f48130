/**
 * Reads a Sentry envelope: a header line, then for each item a header line and a payload. A payload is as long as its header's `length`
 * says, or ends with its line.
 */
import { z } from 'zod';

export type EnvelopeItem = { type: string; payload: Buffer };

const itemHeader = z.object({ type: z.string(), length: z.number().int().min(0).optional() });

const newline = 0x0a;

/** Throws on what is no envelope. */
export function readEnvelope(bytes: Buffer): EnvelopeItem[] {
  const items: EnvelopeItem[] = [];
  let at = 0;
  const line = (): Buffer => {
    const end = bytes.indexOf(newline, at);
    const read = bytes.subarray(at, end === -1 ? bytes.length : end);
    at = end === -1 ? bytes.length : end + 1;
    return read;
  };
  z.object({}).parse(JSON.parse(line().toString('utf8')));
  while (at < bytes.length) {
    const head = line();
    if (head.length === 0) continue;
    const { type, length } = itemHeader.parse(JSON.parse(head.toString('utf8')));
    if (length === undefined) {
      items.push({ type, payload: line() });
      continue;
    }
    items.push({ type, payload: bytes.subarray(at, at + length) });
    at += length + 1;
  }
  return items;
}
