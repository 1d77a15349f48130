import type { Json } from '../../world/world.ts';
import { type Call, type Route, server, textAt } from '../rim/call.ts';
import { pageOf, slicePage, windowMax } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { listedMessage, type Message } from './message.ts';
import { searchMessages } from './messageSearch.ts';
import { mimeSource } from './mimeSource.ts';

function found(call: Call, record: ServerRecord): Message {
  const message = call.postmark.messages.byId(textAt(call), call.postmark.world.clock.now());
  if (message === undefined || message.serverId !== record.server.ID) throw new Refusal(701);
  return message;
}

function list(call: Call, record: ServerRecord): Json {
  const page = pageOf(call.query, 700, windowMax);
  const matching = searchMessages(call.postmark, record.server.ID, call.query);
  return { TotalCount: matching.length, Messages: slicePage(matching, page).map(listedMessage) };
}

function details(call: Call, record: ServerRecord): Json {
  const message = found(call, record);
  return {
    TextBody: message.textBody,
    HtmlBody: message.htmlBody,
    Body: mimeSource(message),
    ...listedMessage(message),
    MessageEvents: message.events,
  };
}

export const messageRoutes: readonly Route[] = [
  server('GET', '/messages/outbound', list),
  server('GET', '/messages/outbound/{id}/details', details),
  server('GET', '/messages/outbound/{id}/dump', (call, record) => ({ Body: mimeSource(found(call, record)) })),
];
