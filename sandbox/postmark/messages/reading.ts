import type { Instant, Json } from '../../world/world.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import { type Reader, readerFields } from './reader.ts';

type Read = { serverId: number; stream: string; messageId: string; recipient: string; tag: string; at: Instant; reader: Reader };

export type Open = Read & { kind: 'Open'; readSeconds: number };
export type Click = Read & { kind: 'Click'; link: string; location: 'HTML' | 'Text' };

/** An open of a message, or a click on one of its links. */
export type Reading = Open | Click;

const sharedFields = (reading: Reading): { [field: string]: Json } => ({
  RecordType: reading.kind,
  MessageStream: reading.stream,
  ...readerFields(reading.reader),
  MessageID: reading.messageId,
  ReceivedAt: postmarkDate(reading.at),
  Tag: reading.tag,
  Recipient: reading.recipient,
});

/** As the lists of opens and clicks show it; a webhook adds what it alone says. */
export function shownReading(reading: Reading): { [field: string]: Json } {
  if (reading.kind === 'Open') return { ...sharedFields(reading), ReadSeconds: reading.readSeconds };
  return { ...sharedFields(reading), ClickLocation: reading.location, OriginalLink: reading.link };
}
