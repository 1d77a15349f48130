import type { Instant, Json } from '../../world/world.ts';
import { type Address, addressFault } from '../email/address.ts';
import type { MailHeader } from '../email/emailInput.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';

export type MessageEvent = {
  Recipient: string;
  Type: 'Delivered' | 'Transient' | 'Opened' | 'LinkClicked' | 'Bounced' | 'SubscriptionChanged';
  ReceivedAt: string;
  Details: { [field: string]: Json };
};

/** An accepted message. Attachments are their names: their content is never given back. */
export type Message = {
  id: string;
  serverId: number;
  stream: string;
  receivedAt: Instant;
  sandboxed: boolean;
  fromText: string;
  from: Address;
  toText: string;
  ccText: string | null;
  bccText: string | null;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  replyTo: string | null;
  subject: string;
  tag: string;
  htmlBody: string | null;
  textBody: string | null;
  headers: MailHeader[];
  trackOpens: boolean;
  trackLinks: string;
  metadata: Record<string, string>;
  attachments: string[];
  /** Recipients that were suppressed when the message came, and are not mailed. */
  inactive: string[];
  status: 'Queued' | 'Sent';
  events: MessageEvent[];
};

export const recipientsOf = (message: Message): string[] => [...message.to, ...message.cc, ...message.bcc].map(({ Email }) => Email);

export const hasRecipient = (message: Message, email: string): boolean =>
  recipientsOf(message).some((recipient) => recipient.toLowerCase() === email.toLowerCase());

/** Those that are mailed, each once. */
export function activeRecipients(message: Message): string[] {
  const inactive = new Set(message.inactive.map((email) => email.toLowerCase()));
  const byKey = new Map(recipientsOf(message).map((email) => [email.toLowerCase(), email]));
  return [...byKey].filter(([key]) => !inactive.has(key)).map(([, email]) => email);
}

/** An item of the message search. */
export const listedMessage = (message: Message): { [field: string]: Json } => ({
  Tag: message.tag,
  MessageID: message.id,
  MessageStream: message.stream,
  To: message.to,
  Cc: message.cc,
  Bcc: message.bcc,
  Recipients: recipientsOf(message),
  ReceivedAt: postmarkDate(message.receivedAt),
  From: message.fromText,
  Subject: message.subject,
  Attachments: message.attachments,
  Status: message.status,
  TrackOpens: message.trackOpens,
  TrackLinks: message.trackLinks,
  Metadata: message.metadata,
  Sandboxed: message.sandboxed,
});

export const isAddress = (text: string): boolean => addressFault('EmailAddress', text) === null;
