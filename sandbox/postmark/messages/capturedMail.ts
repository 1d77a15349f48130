/** `GET /mail`: what was handed to Postmark, for whoever tests the sender. */
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import { hasRecipient, type Message, type MessageEvent } from './message.ts';

export type MailFilter = { to?: string; jobId?: string; messageId?: string };

/** The last thing that says where the message ended up; opens and clicks do not. */
const endings: Partial<Record<MessageEvent['Type'], string>> = { Delivered: 'Delivered', Transient: 'Transient', Bounced: 'Bounced' };

const statusOf = (message: Message): string =>
  message.events.reduce((status, event) => endings[event.Type] ?? status, message.status as string);

const shown = (message: Message): Json => ({
  MessageID: message.id,
  ServerID: message.serverId,
  From: message.fromText,
  To: message.toText,
  Subject: message.subject,
  Metadata: message.metadata,
  Tag: message.tag,
  receivedAt: postmarkDate(message.receivedAt),
  status: statusOf(message),
  events: message.events,
});

/** Oldest first. */
export function capturedMail({ messages }: Postmark, filter: MailFilter): Json {
  const candidates = filter.jobId === undefined ? messages.all() : messages.ofJob(filter.jobId);
  const items = candidates.filter(
    (message) =>
      (filter.to === undefined || hasRecipient(message, filter.to)) &&
      (filter.messageId === undefined || message.id === filter.messageId.toLowerCase()),
  );
  return { items: items.map(shown) };
}
