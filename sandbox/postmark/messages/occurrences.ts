/**
 * What happens to a message after it was accepted. Each occurrence is noted on the message, counted, changes what it must (bounce,
 * suppression), and is announced to the server's webhooks.
 */
import type { Bounce } from '../bounces/bounce.ts';
import type { BounceType } from '../bounces/bounceTypes.ts';
import { recordBounce } from '../bounces/recordBounce.ts';
import type { Postmark } from '../postmark.ts';
import { release, suppress } from '../suppressions/changeSuppression.ts';
import { announce } from '../webhooks/announce.ts';
import { deliveryPayload } from '../webhooks/payloads.ts';
import { noteEvent, type Occurrence, placeOf } from './noteEvent.ts';

const deliveryDetails = 'smtp;250 2.0.0 OK';
const destination = { DestinationServer: 'mx.example.net', DestinationIP: '192.0.2.25' };

export function delivered(postmark: Postmark, occurrence: Occurrence): void {
  noteEvent(occurrence, 'Delivered', { DeliveryMessage: deliveryDetails, ...destination });
  announce(postmark, { ...placeOf(occurrence), recordType: 'Delivery', payload: deliveryPayload(occurrence, deliveryDetails) });
}

/** The recipient unsubscribed. */
export function unsubscribed(postmark: Postmark, occurrence: Occurrence): void {
  noteEvent(occurrence, 'SubscriptionChanged', { Origin: 'Recipient', SuppressSending: 'True' });
  const { message, recipient, at } = occurrence;
  suppress(postmark, { ...placeOf(occurrence), email: recipient, reason: 'ManualSuppression', origin: 'Recipient', at }, message.id);
}

/** The recipient thought better of it. */
export function resubscribed(postmark: Postmark, occurrence: Occurrence): void {
  noteEvent(occurrence, 'SubscriptionChanged', { Origin: 'Recipient', SuppressSending: 'False' });
  const { message, recipient, at } = occurrence;
  release(postmark, { ...placeOf(occurrence), email: recipient, origin: 'Recipient', at }, message.id);
}

const detailsOf = (kind: BounceType): string => {
  if (kind.type === 'SpamComplaint') return '';
  if (kind.type === 'Transient') return 'smtp;421 4.4.2 The connection was dropped; the message is tried again.';
  return 'smtp;550 5.1.1 The email account that you tried to reach does not exist.';
};

/** Two events when the address is deactivated: the bounce or complaint itself, and the change of its subscription. */
export function bounced(postmark: Postmark, occurrence: Occurrence, kind: BounceType): void {
  const { message, recipient, at } = occurrence;
  const details = detailsOf(kind);
  const about = { ...placeOf(occurrence), messageId: message.id, email: recipient, from: message.from.Email };
  const { subject, tag, metadata } = message;
  const bounce: Bounce = recordBounce(postmark, kind, { ...about, subject, tag, metadata, details, at });
  if (kind.type === 'Transient') noteEvent(occurrence, 'Transient', { DeliveryMessage: details, ...destination });
  else noteEvent(occurrence, 'Bounced', { Summary: details, BounceID: bounce.id });
  if (kind.deactivates === null) return;
  const origin = kind.deactivates === 'ManualSuppression' ? 'Customer' : 'Recipient';
  suppress(postmark, { ...placeOf(occurrence), email: recipient, reason: kind.deactivates, origin, at }, message.id);
}
