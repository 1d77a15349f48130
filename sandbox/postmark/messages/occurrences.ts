/**
 * What happens to a message after it was accepted. Each occurrence is noted on the message, changes what it must (bounce, suppression),
 * and is announced to the server's webhooks. `at` is when it happened, which need not be when it is told.
 */
import type { Instant } from '../../world/world.ts';
import type { Bounce } from '../bounces/bounce.ts';
import { shownBounce } from '../bounces/bounce.ts';
import type { BounceType } from '../bounces/bounceTypes.ts';
import type { Postmark } from '../postmark.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import { suppress } from '../suppressions/changeSuppression.ts';
import { announce } from '../webhooks/announce.ts';
import { clickPayload, deliveryPayload, openPayload } from '../webhooks/payloads.ts';
import type { Message, MessageEvent } from './message.ts';

export type Occurrence = { message: Message; recipient: string; at: Instant };

const deliveryDetails = 'smtp;250 2.0.0 OK';

function note({ message, recipient, at }: Occurrence, Type: MessageEvent['Type'], Details: MessageEvent['Details']): void {
  message.events.push({ Recipient: recipient, Type, ReceivedAt: postmarkDate(at), Details });
}

const place = ({ message }: Occurrence) => ({ serverId: message.serverId, stream: message.stream });

export function delivered(postmark: Postmark, occurrence: Occurrence): void {
  note(occurrence, 'Delivered', { DeliveryMessage: deliveryDetails, DestinationServer: 'mx.example.net', DestinationIP: '192.0.2.25' });
  announce(postmark, { ...place(occurrence), recordType: 'Delivery', payload: deliveryPayload(occurrence, deliveryDetails) });
}

export function opened(postmark: Postmark, occurrence: Occurrence): void {
  const firstOpen = !occurrence.message.events.some(({ Type, Recipient }) => Type === 'Opened' && Recipient === occurrence.recipient);
  note(occurrence, 'Opened', { Summary: 'Email opened with Chrome' });
  announce(postmark, { ...place(occurrence), recordType: 'Open', payload: openPayload(occurrence, firstOpen), firstOpen });
}

/** A link of the message, or a plain one when it has none. */
function linkOf(message: Message): string {
  return (
    /href="(https?:\/\/[^"]+)"/i.exec(message.htmlBody ?? '')?.[1] ??
    /https?:\/\/\S+/.exec(message.textBody ?? '')?.[0] ??
    'https://example.com/'
  );
}

export function clicked(postmark: Postmark, occurrence: Occurrence): void {
  const link = linkOf(occurrence.message);
  note(occurrence, 'LinkClicked', { Summary: 'Link clicked with Chrome', Link: link, ClickLocation: 'HTML' });
  announce(postmark, { ...place(occurrence), recordType: 'Click', payload: clickPayload(occurrence, link) });
}

/** The recipient unsubscribed. */
export function unsubscribed(postmark: Postmark, occurrence: Occurrence): void {
  note(occurrence, 'SubscriptionChanged', { Origin: 'Recipient', SuppressSending: 'True' });
  const { message, recipient, at } = occurrence;
  suppress(postmark, { ...place(occurrence), email: recipient, reason: 'ManualSuppression', origin: 'Recipient', at }, message);
}

function bounceOf(postmark: Postmark, { message, recipient, at }: Occurrence, kind: BounceType): Bounce {
  return {
    id: postmark.bounces.takeId(),
    serverId: message.serverId,
    stream: message.stream,
    messageId: message.id,
    type: kind.type,
    typeCode: kind.code,
    name: kind.name,
    description: kind.description,
    details: kind.type === 'SpamComplaint' ? '' : 'smtp;550 5.1.1 The email account that you tried to reach does not exist.',
    email: recipient,
    from: message.from.Email,
    subject: message.subject,
    tag: message.tag,
    metadata: message.metadata,
    at,
    inactive: kind.deactivates !== null,
    canActivate: kind.type !== 'SpamComplaint',
  };
}

/** Two events when the address is deactivated: the bounce or complaint itself, and the change of its subscription. */
export function bounced(postmark: Postmark, occurrence: Occurrence, kind: BounceType): void {
  const bounce = bounceOf(postmark, occurrence, kind);
  postmark.bounces.add(bounce);
  note(occurrence, kind.type === 'Transient' ? 'Transient' : 'Bounced', { Summary: bounce.details, BounceID: bounce.id });
  const recordType = kind.type === 'SpamComplaint' ? 'SpamComplaint' : 'Bounce';
  const payload = shownBounce(bounce, postmark.world.clock.now());
  const hooked = kind.type !== 'SMTPApiError' || postmark.servers.byId(bounce.serverId)?.server.EnableSmtpApiErrorHooks === true;
  if (hooked) announce(postmark, { ...place(occurrence), recordType, payload, bounceId: bounce.id });
  if (kind.deactivates === null) return;
  const origin = kind.deactivates === 'ManualSuppression' ? 'Customer' : 'Recipient';
  const { message, recipient, at } = occurrence;
  suppress(postmark, { ...place(occurrence), email: recipient, reason: kind.deactivates, origin, at }, message);
}
