import { type Call, textAt } from '../rim/call.ts';
import { Refusal } from '../rim/refusal.ts';
import type { MessageStream, ServerRecord } from '../servers/server.ts';

/** Ids of streams are compared without regard to case, and are always stored in lower case. */
export const streamOf = (record: ServerRecord, id: string): MessageStream | undefined =>
  record.streams.find((stream) => stream.ID === id.toLowerCase());

/** The stream that the path names, or 1226. */
export function streamAt(call: Call, record: ServerRecord): MessageStream {
  const stream = streamOf(record, textAt(call));
  if (stream === undefined) throw new Refusal(1226);
  return stream;
}
