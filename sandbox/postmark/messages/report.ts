/** `POST /postmark/event`: makes Postmark report something of a message, by hand. Bad input names the field and the remedy. */

import { InputError } from '../../world/inputError.ts';
import type { Instant, Json } from '../../world/world.ts';
import { type BounceType, bounceTypeNamed, bounceTypes, hardBounce } from '../bounces/bounceTypes.ts';
import type { Postmark } from '../postmark.ts';
import { activeRecipients, type Message } from './message.ts';
import type { Occurrence } from './noteEvent.ts';
import { bounced, delivered, resubscribed, unsubscribed } from './occurrences.ts';
import { type ReaderInput, readerOf } from './reader.ts';
import { clicked, opened } from './readMessage.ts';
import { linksOf, type TrackedLink, trackedLinks, tracksOpens } from './tracking.ts';

export type ReportedEvent = ReaderInput & {
  messageId: string;
  type: string;
  /** Without it, the first recipient that was mailed. */
  recipient?: string;
  at?: string;
  bounceType?: string;
  readSeconds?: number;
  link?: string;
  clickLocation?: 'HTML' | 'Text';
  /** Of a SubscriptionChange; false: the recipient subscribes again. */
  suppressSending?: boolean;
};

const readSecondsDefault = 5;

/** Which fields go with one type of event only. */
const fieldsOf: Readonly<Record<string, readonly (keyof ReportedEvent)[]>> = {
  Bounce: ['bounceType'],
  Open: ['readSeconds', 'client', 'os', 'platform', 'userAgent', 'geo'],
  Click: ['link', 'clickLocation', 'client', 'os', 'platform', 'userAgent', 'geo'],
  SubscriptionChange: ['suppressSending'],
};

function checkFields(event: ReportedEvent): void {
  const own = fieldsOf[event.type] ?? [];
  for (const field of new Set(Object.values(fieldsOf).flat())) {
    if (event[field] === undefined || own.includes(field)) continue;
    const types = Object.keys(fieldsOf).filter((type) => fieldsOf[type]?.includes(field));
    throw new InputError(`${field}: only an event of type ${types.join(' or ')} has one; leave it out or send type ${types[0] ?? ''}`);
  }
}

function bounceTypeOf(event: ReportedEvent): BounceType {
  if (event.bounceType === undefined) return hardBounce;
  const named = bounceTypeNamed(event.bounceType);
  if (named === undefined) {
    const known = bounceTypes.map(({ type }) => type).join(', ');
    throw new InputError(`bounceType: '${event.bounceType}' is unknown; it must be one of ${known}`);
  }
  if (named.type === 'SpamComplaint') throw new InputError(`bounceType: a complaint is an event of its own; send type SpamComplaint`);
  return named;
}

function open(postmark: Postmark, occurrence: Occurrence, event: ReportedEvent): void {
  if (postmark.settings.trackingRequired.value && !tracksOpens(occurrence.message)) {
    throw new InputError(
      `messageId: opens of '${event.messageId}' are not tracked; send it with TrackOpens true and an HtmlBody, or set trackingRequired to false`,
    );
  }
  opened(postmark, occurrence, readerOf(event), event.readSeconds ?? readSecondsDefault);
}

/** The link that is meant: the one named, or the message's first. */
function linkOf(postmark: Postmark, message: Message, event: ReportedEvent): TrackedLink {
  const isFree = !postmark.settings.trackingRequired.value;
  const links = isFree ? linksOf(message) : trackedLinks(message);
  const meant = links.find(
    ({ link, location }) =>
      (event.link === undefined || link === event.link) && (event.clickLocation === undefined || location === event.clickLocation),
  );
  if (meant !== undefined) return meant;
  if (isFree) return { link: event.link ?? 'https://example.com/', location: event.clickLocation ?? 'HTML' };
  const tracked = links.length === 0 ? 'it has none' : `it has ${links.map(({ link, location }) => `${link} (${location})`).join(', ')}`;
  throw new InputError(
    `link: '${event.messageId}' has no such tracked link: ${tracked}; send it with TrackLinks and links, or set trackingRequired to false`,
  );
}

type Report = (postmark: Postmark, occurrence: Occurrence, event: ReportedEvent) => void;

const reports: Readonly<Record<string, Report>> = {
  Delivery: delivered,
  Bounce: (postmark, occurrence, event) => bounced(postmark, occurrence, bounceTypeOf(event)),
  SpamComplaint: (postmark, occurrence) => bounced(postmark, occurrence, bounceTypeNamed('SpamComplaint') ?? hardBounce),
  Open: open,
  Click: (postmark, occurrence, event) => clicked(postmark, occurrence, readerOf(event), linkOf(postmark, occurrence.message, event)),
  SubscriptionChange: (postmark, occurrence, event) =>
    event.suppressSending === false ? resubscribed(postmark, occurrence) : unsubscribed(postmark, occurrence),
};

function messageNamed(postmark: Postmark, messageId: string): Message {
  const message = postmark.messages.byId(messageId);
  if (message === undefined) throw new InputError(`messageId: no message '${messageId}' is kept; GET /mail lists the ones that are`);
  return message;
}

function recipientOf(message: Message, event: ReportedEvent): string {
  const mailed = activeRecipients(message);
  const [first] = mailed;
  if (first === undefined)
    throw new InputError(`messageId: every recipient of '${event.messageId}' was suppressed, so nothing can happen to it`);
  const named = event.recipient?.toLowerCase();
  const meant = named === undefined ? first : mailed.find((email) => email.toLowerCase() === named);
  if (meant === undefined)
    throw new InputError(`recipient: '${event.recipient ?? ''}' was not mailed; it must be one of ${mailed.join(', ')}`);
  return meant;
}

function instantOf(event: ReportedEvent, now: Instant): Instant {
  if (event.at === undefined) return now;
  const at = /^\d{4}-\d{2}-\d{2}T/.test(event.at) ? Date.parse(event.at) : Number.NaN;
  if (Number.isNaN(at)) throw new InputError(`at: '${event.at}' is no moment; write it as 2026-02-01T12:00:00.000Z`);
  return at;
}

/** It is told now, whenever it happened. */
export function reportEvent(postmark: Postmark, event: ReportedEvent): Json {
  const report = Object.hasOwn(reports, event.type) ? reports[event.type] : undefined;
  if (report === undefined) throw new InputError(`type: '${event.type}' is unknown; it must be one of ${Object.keys(reports).join(', ')}`);
  checkFields(event);
  const at = instantOf(event, postmark.world.clock.now());
  const message = messageNamed(postmark, event.messageId);
  const recipient = recipientOf(message, event);
  report(postmark, { message, recipient, at }, event);
  postmark.world.touched();
  return { messageId: message.id, type: event.type, recipient, at: new Date(at).toISOString() };
}
