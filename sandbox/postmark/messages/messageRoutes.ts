import type { Json } from '../../world/world.ts';
import { type Call, type Route, server, textAt } from '../rim/call.ts';
import { pageOf, slicePage, windowMax } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { listedMessage, type Message } from './message.ts';
import { searchMessages } from './messageSearch.ts';
import { mimeSource } from './mimeSource.ts';
import { readingRoutes } from './readingRoutes.ts';

function found(call: Call, record: ServerRecord): Message {
  const message = call.postmark.messages.byId(textAt(call));
  if (message === undefined || message.serverId !== record.server.ID) throw new Refusal(701);
  return message;
}

function list(call: Call, record: ServerRecord): Json {
  const page = pageOf(call.query, 700, windowMax);
  const matching = searchMessages(call, record.server.ID);
  return { TotalCount: matching.length, Messages: slicePage(matching, page).map(listedMessage) };
}

async function details(call: Call, record: ServerRecord): Promise<Json> {
  const message = found(call, record);
  return {
    TextBody: message.textBody,
    HtmlBody: message.htmlBody,
    Body: await mimeSource(message),
    ...listedMessage(message),
    MessageEvents: message.events,
  };
}

export const messageRoutes: readonly Route[] = [
  server('GET', '/messages/outbound', list),
  ...readingRoutes,
  server('GET', '/messages/outbound/{id}/details', details),
  server('GET', '/messages/outbound/{id}/dump', async (call, record) => ({ Body: await mimeSource(found(call, record)) })),
];
