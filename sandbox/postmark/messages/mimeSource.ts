/** The raw source of a message, as its dump shows it. Attachments are named and empty: their content is not kept. */
import type { Message } from './message.ts';

const encodedWord = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`);

const base64Lines = (text: string): string =>
  (
    Buffer.from(text)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\r\n');

const bodyPart = (type: string, text: string): string =>
  `Content-Type: ${type}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Lines(text)}\r\n`;

const attachmentPart = (name: string): string =>
  `Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="${name.replaceAll('"', '')}"\r\n\r\n`;

function multipart(kind: string, boundary: string, parts: readonly string[]): string {
  const body = parts.map((part) => `--${boundary}\r\n${part}`).join('');
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${body}--${boundary}--\r\n`;
}

function content(message: Message): string {
  const bodies = [
    ...(message.textBody === null ? [] : [bodyPart('text/plain', message.textBody)]),
    ...(message.htmlBody === null ? [] : [bodyPart('text/html', message.htmlBody)]),
  ];
  const text = bodies.length === 1 ? (bodies[0] ?? '') : multipart('alternative', `alt-${message.id}`, bodies);
  if (message.attachments.length === 0) return text;
  return multipart('mixed', `mix-${message.id}`, [text, ...message.attachments.map(attachmentPart)]);
}

export function mimeSource(message: Message): string {
  const headers = [
    `From: ${encodedWord(message.fromText)}`,
    `To: ${encodedWord(message.toText)}`,
    ...(message.ccText === null ? [] : [`Cc: ${encodedWord(message.ccText)}`]),
    ...(message.replyTo === null ? [] : [`Reply-To: ${encodedWord(message.replyTo)}`]),
    `Subject: ${encodedWord(message.subject)}`,
    `Date: ${new Date(message.receivedAt).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${message.id}@mtasv.net>`,
    `X-PM-Message-Id: ${message.id}`,
    ...(message.tag === '' ? [] : [`X-PM-Tag: ${encodedWord(message.tag)}`]),
    ...message.headers.map(({ Name, Value }) => `${Name}: ${encodedWord(Value)}`),
    'MIME-Version: 1.0',
  ];
  return `${headers.join('\r\n')}\r\n${content(message)}`;
}
