/** `/messages/outbound/opens` and `/clicks`, of a server and of one message. */
import type { Json } from '../../world/world.ts';
import { type Call, type Route, server, textAt } from '../rim/call.ts';
import { pageOf, type Query, slicePage, windowMax } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { type Reading, shownReading } from './reading.ts';
import { searchedStream } from './searchedStream.ts';

/** What each filter is compared with, whole and without regard to case. */
const filtered: Readonly<Record<string, (reading: Reading) => string>> = {
  recipient: ({ recipient }) => recipient,
  tag: ({ tag }) => tag,
  client_name: ({ reader }) => reader.Client.Name,
  client_company: ({ reader }) => reader.Client.Company,
  client_family: ({ reader }) => reader.Client.Family,
  os_name: ({ reader }) => reader.OS.Name,
  os_company: ({ reader }) => reader.OS.Company,
  os_family: ({ reader }) => reader.OS.Family,
  platform: ({ reader }) => reader.Platform,
  country: ({ reader }) => reader.Geo.Country,
  region: ({ reader }) => reader.Geo.Region,
  city: ({ reader }) => reader.Geo.City,
};

function passes(query: Query, reading: Reading): boolean {
  return Object.entries(filtered).every(([name, fieldOf]) => {
    const wanted = query.text(name)?.toLowerCase();
    return wanted === undefined || fieldOf(reading).toLowerCase() === wanted;
  });
}

type Kind = { kind: Reading['kind']; listName: 'Opens' | 'Clicks' };

/** Newest first. */
function page(call: Call, record: ServerRecord, { kind, listName }: Kind, wanted: (reading: Reading) => boolean): Json {
  const window = pageOf(call.query, 700, windowMax);
  const all = call.postmark.readings.ofServer(record.server.ID);
  const readings = all.filter((reading) => reading.kind === kind && wanted(reading)).reverse();
  return { TotalCount: readings.length, [listName]: slicePage(readings, window).map(shownReading) };
}

function list(call: Call, record: ServerRecord, kind: Kind): Json {
  const stream = searchedStream(call);
  return page(call, record, kind, (reading) => (stream === null || reading.stream === stream) && passes(call.query, reading));
}

function ofMessage(call: Call, record: ServerRecord, kind: Kind): Json {
  const message = call.postmark.messages.byId(textAt(call));
  if (message === undefined || message.serverId !== record.server.ID) throw new Refusal(701);
  return page(call, record, kind, (reading) => reading.messageId === message.id);
}

const routesOf = (path: string, kind: Kind): Route[] => [
  server('GET', `/messages/outbound/${path}`, (call, record) => list(call, record, kind)),
  server('GET', `/messages/outbound/${path}/{id}`, (call, record) => ofMessage(call, record, kind)),
];

export const readingRoutes: readonly Route[] = [
  ...routesOf('opens', { kind: 'Open', listName: 'Opens' }),
  ...routesOf('clicks', { kind: 'Click', listName: 'Clicks' }),
];
