/** `POST /postmark/event`: makes Postmark report something of a message, by hand. Bad input names the field and the remedy. */

import { InputError } from '../../world/inputError.ts';
import type { Instant, Json } from '../../world/world.ts';
import { type BounceType, bounceTypeNamed, bounceTypes, hardBounce } from '../bounces/bounceTypes.ts';
import type { Postmark } from '../postmark.ts';
import type { Message } from './message.ts';
import { activeRecipients } from './message.ts';
import { bounced, clicked, delivered, type Occurrence, opened, unsubscribed } from './occurrences.ts';

export type ReportedEvent = { messageId: string; type: string; bounceType?: string; at?: string };

type Report = (postmark: Postmark, occurrence: Occurrence, bounceType: BounceType) => void;

const complaint = (): BounceType => bounceTypeNamed('SpamComplaint') ?? hardBounce;

const reports: Readonly<Record<string, Report>> = {
  Delivery: delivered,
  Bounce: bounced,
  SpamComplaint: (postmark, occurrence) => bounced(postmark, occurrence, complaint()),
  Open: opened,
  Click: clicked,
  SubscriptionChange: unsubscribed,
};

function messageNamed(postmark: Postmark, messageId: string): Message {
  const message = postmark.messages.byId(messageId, postmark.world.clock.now());
  if (message === undefined) throw new InputError(`messageId: no message '${messageId}' is kept; GET /mail lists the ones that are`);
  return message;
}

function bounceTypeOf(event: ReportedEvent): BounceType {
  if (event.bounceType === undefined) return hardBounce;
  if (event.type !== 'Bounce') throw new InputError(`bounceType: only an event of type Bounce has one; leave it out or send type Bounce`);
  const named = bounceTypeNamed(event.bounceType);
  if (named === undefined) {
    throw new InputError(
      `bounceType: '${event.bounceType}' is unknown; it must be one of ${bounceTypes.map(({ type }) => type).join(', ')}`,
    );
  }
  if (named.type === 'SpamComplaint') throw new InputError(`bounceType: a complaint is an event of its own; send type SpamComplaint`);
  return named;
}

function instantOf(event: ReportedEvent, now: Instant): Instant {
  if (event.at === undefined) return now;
  const at = /^\d{4}-\d{2}-\d{2}T/.test(event.at) ? Date.parse(event.at) : Number.NaN;
  if (Number.isNaN(at)) throw new InputError(`at: '${event.at}' is no moment; write it as 2026-02-01T12:00:00.000Z`);
  return at;
}

/** The event is of the message's first recipient that was mailed. It is told now, whenever it happened. */
export function reportEvent(postmark: Postmark, event: ReportedEvent): Json {
  const report = reports[event.type];
  if (report === undefined) throw new InputError(`type: '${event.type}' is unknown; it must be one of ${Object.keys(reports).join(', ')}`);
  const bounceType = bounceTypeOf(event);
  const at = instantOf(event, postmark.world.clock.now());
  const message = messageNamed(postmark, event.messageId);
  const [recipient] = activeRecipients(message);
  if (recipient === undefined)
    throw new InputError(`messageId: every recipient of '${event.messageId}' was suppressed, so nothing can happen to it`);
  report(postmark, { message, recipient, at }, bounceType);
  postmark.world.touched();
  return { messageId: message.id, type: event.type, recipient, at: new Date(at).toISOString() };
}
