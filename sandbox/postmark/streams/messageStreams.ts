import type { Json } from '../../world/world.ts';
import { type Call, type Route, server, textAt } from '../rim/call.ts';
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

function list(call: Call, record: ServerRecord): Json {
  const type = call.query.text('MessageStreamType')?.toLowerCase() ?? 'all';
  const archivedToo = call.query.text('IncludeArchivedStreams')?.toLowerCase() === 'true';
  const matching = record.streams.filter(
    (stream) => (type === 'all' || stream.MessageStreamType.toLowerCase() === type) && (archivedToo || stream.ArchivedAt === null),
  );
  return { MessageStreams: matching, TotalCount: matching.length };
}

export const messageStreamRoutes: readonly Route[] = [
  server('GET', '/message-streams', list),
  server('GET', '/message-streams/{id}', streamAt),
];
