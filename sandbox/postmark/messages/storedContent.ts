/** The part of a message that may be large: its bodies, its headers and the names of its attachments. It may be dropped while what happened to the message is still told. */
import type { Message } from './message.ts';

/** The order that a message may still have to follow when its content is gone. */
const ordered = /^x-pm-bounce-type$/i;

/** In UTF-8, which is what a snapshot takes; in memory it is the same for plain text, and up to twice as much otherwise. */
export const contentBytes = ({ attachments, headers, htmlBody, textBody }: Message): number =>
  Buffer.byteLength(htmlBody ?? '') +
  Buffer.byteLength(textBody ?? '') +
  attachments.reduce((sum, name) => sum + Buffer.byteLength(name), 0) +
  headers.reduce((sum, { Name, Value }) => sum + Buffer.byteLength(Name) + Buffer.byteLength(Value), 0);

export function dropContent(message: Message): void {
  message.htmlBody = null;
  message.textBody = null;
  message.attachments = [];
  message.headers = message.headers.filter(({ Name }) => ordered.test(Name));
}
