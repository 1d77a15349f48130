/** The bodies of webhook calls, field for field. Open and Click carry no ServerID: that is Postmark's, not ours. */
import type { Instant, Json } from '../../world/world.ts';
import type { Message } from '../messages/message.ts';
import { type Click, type Open, shownReading } from '../messages/reading.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import type { Suppression } from '../suppressions/suppressionStore.ts';

export type Payload = { [field: string]: Json };
type Happened = { message: Message; recipient: string; at: Instant };

export const deliveryPayload = ({ message, recipient, at }: Happened, details: string): Payload => ({
  RecordType: 'Delivery',
  ServerID: message.serverId,
  MessageStream: message.stream,
  MessageID: message.id,
  Recipient: recipient,
  Tag: message.tag,
  DeliveredAt: postmarkDate(at),
  Details: details,
  Metadata: message.metadata,
});

type Metadata = { [name: string]: string };

export const openPayload = (open: Open, metadata: Metadata, firstOpen: boolean): Payload => ({
  ...shownReading(open),
  FirstOpen: firstOpen,
  Metadata: metadata,
});

export const clickPayload = (click: Click, metadata: Metadata): Payload => ({ ...shownReading(click), Metadata: metadata });

/** `message` is null when the change is not tied to one: made through the API, say. */
export const subscriptionChangePayload = (
  suppression: Suppression,
  message: Message | null,
  at: Instant,
  suppressSending: boolean,
): Payload => ({
  RecordType: 'SubscriptionChange',
  MessageID: message?.id ?? null,
  ServerID: suppression.serverId,
  MessageStream: suppression.stream,
  ChangedAt: postmarkDate(at),
  Recipient: suppression.email,
  Origin: suppression.origin,
  SuppressSending: suppressSending,
  SuppressionReason: suppressSending ? suppression.reason : null,
  Tag: message?.tag ?? null,
  Metadata: message?.metadata ?? {},
});
