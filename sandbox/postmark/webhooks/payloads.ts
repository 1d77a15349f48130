/** The bodies of webhook calls, field for field. Open and Click carry no ServerID: that is Postmark's, not ours. */
import type { Instant, Json } from '../../world/world.ts';
import type { Message } from '../messages/message.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import type { Suppression } from '../suppressions/suppressionStore.ts';

export type Payload = { [field: string]: Json };
type Happened = { message: Message; recipient: string; at: Instant };

const reader = {
  Client: { Name: 'Chrome 35.0.1916.153', Company: 'Google', Family: 'Chrome' },
  OS: { Name: 'OS X 10.7 Lion', Company: 'Apple Computer, Inc.', Family: 'OS X 10' },
  Platform: 'WebMail',
  UserAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_7_5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/35.0.1916.153 Safari/537.36',
  Geo: {
    CountryISOCode: 'RS',
    Country: 'Serbia',
    RegionISOCode: 'VO',
    Region: 'Autonomna Pokrajina Vojvodina',
    City: 'Novi Sad',
    Zip: '21000',
    Coords: '45.2517,19.8369',
    IP: '192.0.2.44',
  },
};

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

const readingFields = ({ message, recipient, at }: Happened): Payload => ({
  MessageStream: message.stream,
  ...reader,
  MessageID: message.id,
  Metadata: message.metadata,
  ReceivedAt: postmarkDate(at),
  Tag: message.tag,
  Recipient: recipient,
});

export const openPayload = (happened: Happened, firstOpen: boolean): Payload => ({
  RecordType: 'Open',
  FirstOpen: firstOpen,
  ReadSeconds: 5,
  ...readingFields(happened),
});

export const clickPayload = (happened: Happened, link: string): Payload => ({
  RecordType: 'Click',
  ClickLocation: 'HTML',
  OriginalLink: link,
  ...readingFields(happened),
});

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
