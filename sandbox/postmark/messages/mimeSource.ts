/**
 * The raw source of a message, as its dump shows it. Attachments are named and empty: their content is not kept.
 *
 * Deterministic: the boundaries follow from the message's id, and nothing is drawn or read from a clock.
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Message } from './message.ts';

/** Headers that are orders to Postmark and do not go out. */
const isOrder = (name: string): boolean => /^x-pm-(?!tag$|message-id$)/i.test(name);

/** A client's own Message-ID survives only when X-PM-KeepID asks for it. */
function messageIdOf({ id, headers }: Message): string {
  const valueNamed = (name: string): string | undefined => headers.find(({ Name }) => Name.toLowerCase() === name)?.Value;
  const own = valueNamed('message-id');
  return own !== undefined && valueNamed('x-pm-keepid')?.toLowerCase() === 'true' ? own : `<${id}@mtasv.net>`;
}

const ownHeaders = ['message-id', 'date', 'x-pm-message-id', 'x-pm-tag', 'mime-version', 'content-type', 'content-transfer-encoding'];

function headersOf(message: Message): { key: string; value: string }[] {
  const given = message.headers.filter(({ Name }) => !isOrder(Name) && !ownHeaders.includes(Name.toLowerCase()));
  return [
    { key: 'X-PM-Message-Id', value: message.id },
    ...(message.tag === '' ? [] : [{ key: 'X-PM-Tag', value: message.tag }]),
    ...given.map(({ Name, Value }) => ({ key: Name, value: Value })),
  ];
}

export async function mimeSource(message: Message): Promise<string> {
  const composer = new MailComposer({
    from: message.fromText,
    to: message.toText,
    ...(message.ccText === null ? {} : { cc: message.ccText }),
    ...(message.replyTo === null ? {} : { replyTo: message.replyTo }),
    subject: message.subject,
    date: new Date(message.receivedAt),
    messageId: messageIdOf(message),
    headers: headersOf(message),
    ...(message.textBody === null ? {} : { text: message.textBody }),
    ...(message.htmlBody === null ? {} : { html: message.htmlBody }),
    attachments: message.attachments.map((filename) => ({ filename, content: '' })),
    textEncoding: 'base64',
    baseBoundary: message.id,
    newline: '\r\n',
    // The composer writes X-Pm-Message-ID for Postmark's X-PM-Message-Id.
    normalizeHeaderKey: (key) => key.replace(/^X-Pm-/, 'X-PM-').replace(/^X-PM-Message-ID$/, 'X-PM-Message-Id'),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return (await composer.compile().build()).toString('utf8');
}
