import type { Instant, Json } from '../../world/world.ts';

export type InboundAddress = { Email: string; Name: string; MailboxHash: string };
export type InboundAttachment = { Name: string; Content: string; ContentType: string; ContentLength: number; ContentID: string };

/** Scheduled: its hook failed and will be tried again. Failed: it will not, unless somebody asks. */
export type InboundStatus = 'Queued' | 'Scheduled' | 'Processed' | 'Blocked' | 'Failed';

/** A message that came in for a server. Unlike what was sent, it is kept whole: its hook may have to be called again. */
export type InboundMessage = {
  id: string;
  serverId: number;
  receivedAt: Instant;
  status: InboundStatus;
  blockedReason: string | null;
  from: InboundAddress;
  to: InboundAddress[];
  cc: InboundAddress[];
  bcc: InboundAddress[];
  toText: string;
  ccText: string;
  bccText: string;
  /** The address it was delivered to, which the headers need not name. */
  originalRecipient: string;
  mailboxHash: string;
  subject: string;
  /** As its header has it, RFC 2822. */
  date: string;
  replyTo: string;
  tag: string;
  textBody: string;
  htmlBody: string;
  strippedTextReply: string;
  headers: { Name: string; Value: string }[];
  attachments: InboundAttachment[];
  /** Kept for a server that asks for it. */
  rawEmail: string | null;
};

/** What every way of showing it has. */
export const sharedFields = (message: InboundMessage): { [field: string]: Json } => ({
  FromName: message.from.Name,
  MessageStream: 'inbound',
  From: message.from.Email,
  FromFull: message.from,
  To: message.toText,
  ToFull: message.to,
  Cc: message.ccText,
  CcFull: message.cc,
  Bcc: message.bccText,
  BccFull: message.bcc,
  OriginalRecipient: message.originalRecipient,
  Subject: message.subject,
  MessageID: message.id,
  ReplyTo: message.replyTo,
  MailboxHash: message.mailboxHash,
  Date: message.date,
  Tag: message.tag,
});

/** An item of the search. Attachments are described and not given back. */
export const listedInbound = (message: InboundMessage): { [field: string]: Json } => ({
  ...sharedFields(message),
  Attachments: message.attachments.map(({ Name, ContentType, ContentLength, ContentID }) => ({
    Name,
    ContentType,
    ContentLength,
    ContentID,
  })),
  Status: message.status,
});
