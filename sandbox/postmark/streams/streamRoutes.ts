import type { Json } from '../../world/world.ts';
import { bodyObject, type Call, type Route, server } from '../rim/call.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import { Refusal, unknownFields } from '../rim/refusal.ts';
import type { MessageStream, ServerRecord } from '../servers/server.ts';
import { archiveStream, unarchiveStream } from './archiveStream.ts';
import { streamAt, streamOf } from './messageStreams.ts';
import { newStreamIn, streamEditIn, streamTypes } from './streamInput.ts';

const shown = (stream: MessageStream): Json => ({
  ...stream,
  SubscriptionManagementConfiguration: { ...stream.SubscriptionManagementConfiguration },
});

function includesArchived({ query }: Call): boolean {
  const text = query.text('IncludeArchivedStreams')?.toLowerCase() ?? 'false';
  if (!['true', 'false'].includes(text)) throw unknownFields(['IncludeArchivedStreams']);
  return text === 'true';
}

function list(call: Call, record: ServerRecord): Json {
  const type = call.query.text('MessageStreamType')?.toLowerCase() ?? 'all';
  if (!['all', ...streamTypes.map((known) => known.toLowerCase())].includes(type)) throw new Refusal(1221);
  const archivedToo = includesArchived(call);
  const matching = record.streams.filter(
    (stream) => (type === 'all' || stream.MessageStreamType.toLowerCase() === type) && (archivedToo || stream.ArchivedAt === null),
  );
  return { MessageStreams: matching.map(shown), TotalCount: matching.length };
}

function create(call: Call, record: ServerRecord): Json {
  const { settings, world } = call.postmark;
  const input = newStreamIn(bodyObject(call, 1222), settings.customUnsubscribe.value);
  if (input.type === 'Inbound' && record.streams.some(({ MessageStreamType }) => MessageStreamType === 'Inbound')) throw new Refusal(1228);
  if (streamOf(record, input.id) !== undefined) throw new Refusal(1230);
  if (record.streams.length >= settings.streamsPerServer.value) throw new Refusal(1225);
  const stream: MessageStream = {
    ID: input.id,
    ServerID: record.server.ID,
    Name: input.name,
    Description: input.description,
    MessageStreamType: input.type,
    CreatedAt: postmarkDate(world.clock.now()),
    UpdatedAt: null,
    ArchivedAt: null,
    ExpectedPurgeDate: null,
    SubscriptionManagementConfiguration: { UnsubscribeHandlingType: input.handling },
  };
  record.streams.push(stream);
  world.touched();
  return shown(stream);
}

/** What is not named stays. The id and the type are for ever. */
function edit(call: Call, record: ServerRecord): Json {
  const { settings, world } = call.postmark;
  const stream = streamAt(call, record);
  const { name, description, handling } = streamEditIn(bodyObject(call, 1223), stream.MessageStreamType, settings.customUnsubscribe.value);
  stream.Name = name ?? stream.Name;
  stream.Description = description ?? stream.Description;
  if (handling !== null) stream.SubscriptionManagementConfiguration.UnsubscribeHandlingType = handling;
  stream.UpdatedAt = postmarkDate(world.clock.now());
  world.touched();
  return shown(stream);
}

function archive(call: Call, record: ServerRecord): Json {
  const stream = streamAt(call, record);
  archiveStream(call.postmark, record, stream);
  return { ID: stream.ID, ServerID: stream.ServerID, ExpectedPurgeDate: stream.ExpectedPurgeDate };
}

function unarchive(call: Call, record: ServerRecord): Json {
  const stream = streamAt(call, record);
  unarchiveStream(call.postmark, stream);
  return shown(stream);
}

/** The whole family is by Postmark's leave. */
const permitted = (method: string, path: string, handle: (call: Call, record: ServerRecord) => Json): Route =>
  server(method, path, (call, record) => {
    if (!call.postmark.settings.messageStreamsEnabled.value) throw new Refusal(1220);
    return handle(call, record);
  });

export const streamRoutes: readonly Route[] = [
  permitted('GET', '/message-streams', list),
  permitted('POST', '/message-streams', create),
  permitted('GET', '/message-streams/{id}', (call, record) => shown(streamAt(call, record))),
  permitted('PATCH', '/message-streams/{id}', edit),
  permitted('POST', '/message-streams/{id}/archive', archive),
  permitted('POST', '/message-streams/{id}/unarchive', unarchive),
];
