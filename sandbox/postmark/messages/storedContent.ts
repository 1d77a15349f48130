/** The part of a message that is large: its bodies and its headers. It may be dropped while what happened to the message is still told. */
import type { Message } from './message.ts';

/** The order that a message may still have to follow when its content is gone. */
const ordered = /^x-pm-bounce-type$/i;

/** In UTF-8, which is what a snapshot takes; in memory it is the same for plain text, and up to twice as much otherwise. */
export const contentBytes = ({ headers, htmlBody, textBody }: Pick<Message, 'headers' | 'htmlBody' | 'textBody'>): number =>
  Buffer.byteLength(htmlBody ?? '') +
  Buffer.byteLength(textBody ?? '') +
  headers.reduce((sum, { Name, Value }) => sum + Buffer.byteLength(Name) + Buffer.byteLength(Value), 0);

export function dropContent(message: Message): void {
  message.htmlBody = null;
  message.textBody = null;
  message.headers = message.headers.filter(({ Name }) => ordered.test(Name));
}
