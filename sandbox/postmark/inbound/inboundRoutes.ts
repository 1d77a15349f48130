/** `/messages/inbound`: what came in, and second chances for what was blocked or failed. */
import type { Json } from '../../world/world.ts';
import { type Call, type Route, server, textAt } from '../rim/call.ts';
import { dateRangeOf } from '../rim/postmarkDate.ts';
import { pageOf, type Query, slicePage, windowMax } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { type InboundMessage, type InboundStatus, listedInbound } from './inboundMessage.ts';
import { scheduleInbound } from './scheduleInbound.ts';

const statusOf: Readonly<Record<string, InboundStatus>> = {
  queued: 'Queued',
  scheduled: 'Scheduled',
  processed: 'Processed',
  sent: 'Processed',
  blocked: 'Blocked',
  failed: 'Failed',
};

function wantedStatus(call: Call): InboundStatus | null {
  const text =
    call.query.text('status')?.toLowerCase() ?? (call.postmark.settings.inboundStatusAbsent.value === 'all' ? null : 'processed');
  if (text === null) return null;
  const status = Object.hasOwn(statusOf, text) ? statusOf[text] : undefined;
  if (status === undefined) throw new Refusal(700, `Parameter 'status' must be one of ${Object.keys(statusOf).join(', ')}.`);
  return status;
}

const isOneOf = (wanted: string | null, values: readonly string[]): boolean =>
  wanted === null || values.some((value) => value.toLowerCase() === wanted.toLowerCase());

function passes(query: Query, message: InboundMessage): boolean {
  const recipients = [...message.to, ...message.cc, ...message.bcc].map(({ Email }) => Email);
  return (
    isOneOf(query.text('recipient'), [...recipients, message.originalRecipient]) &&
    isOneOf(query.text('fromemail'), [message.from.Email]) &&
    isOneOf(query.text('tag'), [message.tag]) &&
    isOneOf(query.text('mailboxhash'), [message.mailboxHash]) &&
    message.subject.toLowerCase().includes(query.text('subject')?.toLowerCase() ?? '')
  );
}

/** Newest first. */
function list(call: Call, record: ServerRecord): Json {
  const page = pageOf(call.query, 700, windowMax);
  const status = wantedStatus(call);
  const range = dateRangeOf(call.query, 700);
  const matching = call.postmark.inbound
    .ofServer(record.server.ID)
    .filter(
      (message) =>
        (status === null || message.status === status) &&
        message.receivedAt >= range.from &&
        message.receivedAt <= range.to &&
        passes(call.query, message),
    )
    .reverse();
  return { TotalCount: matching.length, InboundMessages: slicePage(matching, page).map(listedInbound) };
}

function found(call: Call, record: ServerRecord): InboundMessage {
  const message = call.postmark.inbound.byId(record.server.ID, textAt(call));
  if (message === undefined) throw new Refusal(701);
  return message;
}

function details(call: Call, record: ServerRecord): Json {
  const message = found(call, record);
  const { textBody, htmlBody, strippedTextReply, headers, blockedReason } = message;
  return {
    ...listedInbound(message),
    ...{ TextBody: textBody, HtmlBody: htmlBody, StrippedTextReply: strippedTextReply, Headers: headers, BlockedReason: blockedReason },
  };
}

function again(call: Call, message: InboundMessage, sentence: string): Json {
  scheduleInbound(call.postmark, message);
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `${sentence}: ${message.id}.` };
}

function bypass(call: Call, record: ServerRecord): Json {
  const message = found(call, record);
  if (message.status !== 'Blocked') throw new Refusal(702);
  return again(call, message, 'Successfully bypassed rules for message');
}

function retry(call: Call, record: ServerRecord): Json {
  const message = found(call, record);
  if (message.status !== 'Failed') throw new Refusal(703);
  return again(call, message, 'Successfully rescheduled failed message');
}

export const inboundRoutes: readonly Route[] = [
  server('GET', '/messages/inbound', list),
  server('GET', '/messages/inbound/{id}/details', details),
  server('PUT', '/messages/inbound/{id}/bypass', bypass),
  server('PUT', '/messages/inbound/{id}/retry', retry),
];
