/**
 * A recipient opens a message, or follows one of its links.
 *
 * Every open is counted and announced; which are kept for the lists and the message's details is a switch, since Postmark's own page says
 * that only the first is. A click is unique by recipient and link.
 */
import type { Postmark } from '../postmark.ts';
import { countClick, countOpen } from '../stats/countOccurrence.ts';
import { announce } from '../webhooks/announce.ts';
import { clickPayload, openPayload } from '../webhooks/payloads.ts';
import { noteEvent, type Occurrence, placeOf } from './noteEvent.ts';
import type { Reader } from './reader.ts';
import type { Click, Open } from './reading.ts';
import type { TrackedLink } from './tracking.ts';

const readOf = ({ message, recipient, at }: Occurrence, reader: Reader) => ({
  ...{ serverId: message.serverId, stream: message.stream, messageId: message.id, tag: message.tag },
  ...{ recipient, at, reader },
});

export function opened(postmark: Postmark, occurrence: Occurrence, reader: Reader, readSeconds: number): void {
  const { message, recipient } = occurrence;
  const isFirst = !message.events.some(({ Type, Recipient }) => Type === 'Opened' && Recipient === recipient);
  const open: Open = { kind: 'Open', ...readOf(occurrence, reader), readSeconds };
  if (isFirst || postmark.settings.opensKept.value === 'all') {
    noteEvent(occurrence, 'Opened', { Summary: `Email opened with ${reader.Client.Name}` });
    postmark.readings.add(open);
  }
  countOpen(postmark, open, isFirst);
  announce(postmark, {
    ...placeOf(occurrence),
    recordType: 'Open',
    payload: openPayload(open, message.metadata, isFirst),
    firstOpen: isFirst,
  });
}

export function clicked(postmark: Postmark, occurrence: Occurrence, reader: Reader, { link, location }: TrackedLink): void {
  const { message, recipient } = occurrence;
  const isFirst = !message.events.some(
    ({ Type, Recipient, Details }) => Type === 'LinkClicked' && Recipient === recipient && Details['Link'] === link,
  );
  const click: Click = { kind: 'Click', ...readOf(occurrence, reader), link, location };
  noteEvent(occurrence, 'LinkClicked', { Summary: `Tracked link clicked with ${reader.Client.Name}`, Link: link, ClickLocation: location });
  postmark.readings.add(click);
  countClick(postmark, click, isFirst);
  announce(postmark, { ...placeOf(occurrence), recordType: 'Click', payload: clickPayload(click, message.metadata) });
}
