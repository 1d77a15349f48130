/**
 * What can be known of a message by looking at it alone, in the order in which Postmark looks: fields, sender, recipients, content, limits.
 * The same for a single send, an item of a batch, and the test token.
 */
import type { Json } from '../../world/world.ts';
import { flagIn, type JsonObject, listIn, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { trackLinksValues } from '../servers/serverInput.ts';
import { type Address, addressesIn, senderIn } from './address.ts';
import { type Attachment, attachmentsIn } from './attachments.ts';
import { metadataIn } from './metadata.ts';

const megabyte = 1024 * 1024;
const messageMaxBytes = 10 * megabyte;
const bodyMaxBytes = 5 * megabyte;
const recipientsMax = 50;
export const fromMax = 255;
const subjectMax = 2000;
export const tagMax = 1000;

export const emailFields: readonly string[] = [
  'From',
  'To',
  'Cc',
  'Bcc',
  'Subject',
  'Tag',
  'HtmlBody',
  'TextBody',
  'ReplyTo',
  'Headers',
  'TrackOpens',
  'TrackLinks',
  'Metadata',
  'Attachments',
  'MessageStream',
];

export type MailHeader = { Name: string; Value: string };

export type Email = {
  fromText: string;
  from: Address;
  toText: string;
  ccText: string | null;
  bccText: string | null;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  replyTo: string | null;
  subject: string;
  tag: string;
  htmlBody: string | null;
  textBody: string | null;
  headers: MailHeader[];
  trackOpens: boolean | null;
  trackLinks: string | null;
  metadata: Record<string, string>;
  attachments: Attachment[];
  stream: string;
};

export function limited(body: JsonObject, field: string, max: number): string | null {
  const value = textIn(body, field);
  if (value !== null && value.length > max) throw new Refusal(300, `'${field}' is too long: it is limited to ${max} characters.`);
  return value;
}

export function recipientsIn(body: JsonObject): Pick<Email, 'to' | 'cc' | 'bcc' | 'toText' | 'ccText' | 'bccText'> {
  const [toText, ccText, bccText] = [textIn(body, 'To'), textIn(body, 'Cc'), textIn(body, 'Bcc')];
  const to = addressesIn('To', toText);
  const cc = addressesIn('Cc', ccText);
  const bcc = addressesIn('Bcc', bccText);
  if (to.length === 0) throw new Refusal(300, 'Zero recipients specified');
  const count = to.length + cc.length + bcc.length;
  if (count > recipientsMax)
    throw new Refusal(300, `Too many recipients: ${count}. 'To', 'Cc' and 'Bcc' together are limited to ${recipientsMax} addresses.`);
  return { to, cc, bcc, toText: toText ?? '', ccText, bccText };
}

function bodiesIn(body: JsonObject): Pick<Email, 'htmlBody' | 'textBody'> {
  const content = (field: string): string | null => {
    const value = textIn(body, field);
    if (value !== null && Buffer.byteLength(value) > bodyMaxBytes)
      throw new Refusal(300, `'${field}' is too large: it is limited to 5 MB.`);
    return value === '' ? null : value;
  };
  const bodies = { htmlBody: content('HtmlBody'), textBody: content('TextBody') };
  if (bodies.htmlBody === null && bodies.textBody === null) throw new Refusal(300, 'Provide either email TextBody or HtmlBody or both.');
  return bodies;
}

export function headersIn(items: readonly Json[]): MailHeader[] {
  return items.map((item) => {
    const header = objectOf(item, ['Name', 'Value']);
    const Name = textIn(header, 'Name') ?? '';
    if (!/^[!-9;-~]+$/.test(Name)) throw new Refusal(300, `Invalid 'Headers': the header name '${Name}' is not valid.`);
    return { Name, Value: textIn(header, 'Value') ?? '' };
  });
}

export function trackLinksIn(body: JsonObject): string | null {
  const value = textIn(body, 'TrackLinks');
  if (value === null) return null;
  const known = trackLinksValues.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
  if (known === undefined)
    throw new Refusal(300, `Invalid 'TrackLinks' value: '${value}'. It must be one of ${trackLinksValues.join(', ')}.`);
  return known;
}

/** Above this the whole request is refused with HTTP 413; an item of a batch gets an item's refusal. */
function checkSize(email: Email): void {
  const bodies = Buffer.byteLength(email.htmlBody ?? '') + Buffer.byteLength(email.textBody ?? '');
  const attached = email.attachments.reduce((sum, { base64Bytes }) => sum + base64Bytes, 0);
  const headers = email.headers.reduce((sum, { Name, Value }) => sum + Buffer.byteLength(Name) + Buffer.byteLength(Value), 0);
  if (bodies + attached + headers > messageMaxBytes)
    throw new Refusal(300, 'The message is too large: it is limited to 10 MB.', { status: 413 });
}

export function emailIn(input: Json): Email {
  const body = objectOf(input, emailFields);
  const fromText = limited(body, 'From', fromMax);
  const email: Email = {
    fromText: fromText ?? '',
    from: senderIn(fromText),
    ...recipientsIn(body),
    replyTo: textIn(body, 'ReplyTo'),
    subject: limited(body, 'Subject', subjectMax) ?? '',
    ...bodiesIn(body),
    tag: limited(body, 'Tag', tagMax) ?? '',
    metadata: metadataIn(body['Metadata']),
    headers: headersIn(listIn(body, 'Headers') ?? []),
    trackOpens: flagIn(body, 'TrackOpens'),
    trackLinks: trackLinksIn(body),
    attachments: attachmentsIn(listIn(body, 'Attachments') ?? []),
    stream: textIn(body, 'MessageStream') ?? 'outbound',
  };
  addressesIn('ReplyTo', email.replyTo);
  checkSize(email);
  return email;
}
