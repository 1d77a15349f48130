/**
 * A MIME message and its envelope as the body of `POST /email`, so that mail from the SMTP door passes the same checks.
 *
 * Who is mailed is the envelope's to say: recipients that no header names are blind copies, and a header's that the envelope lacks are not mailed.
 */
import type { Json } from '../../world/world.ts';
import { headerOf, type MimeAddress, type MimeMessage } from '../inbound/mimeMessage.ts';

export type Envelope = { from: string; recipients: readonly string[] };

/** Said by a field of their own, made anew on the way out, or of no use to the recipient. */
const left =
  /^(from|to|cc|bcc|reply-to|subject|date|content-type|content-transfer-encoding|mime-version|received|return-path|x-mailer|dkim-signature|x-pm-tag|x-pm-message-stream|x-pm-trackopens|x-pm-tracklinks|x-pm-metadata-.*)$/i;

const metadataPrefix = 'x-pm-metadata-';

const text = ({ email, name }: MimeAddress): string => (name === '' ? email : `"${name.replaceAll('"', '')}" <${email}>`);
const joined = (addresses: readonly MimeAddress[]): string | null => (addresses.length === 0 ? null : addresses.map(text).join(', '));

function recipientsOf(mime: MimeMessage, { recipients }: Envelope): { To: string | null; Cc: string | null; Bcc: string | null } {
  const isMailed = ({ email }: MimeAddress) => recipients.some((recipient) => recipient.toLowerCase() === email.toLowerCase());
  const [to, cc] = [mime.to.filter(isMailed), mime.cc.filter(isMailed)];
  const named = new Set([...to, ...cc].map(({ email }) => email.toLowerCase()));
  const blind = recipients.filter((recipient) => !named.has(recipient.toLowerCase())).map((email) => ({ email, name: '' }));
  // The API wants a To; a message to blind copies alone has them there.
  return to.length === 0 ? { To: joined(blind), Cc: joined(cc), Bcc: null } : { To: joined(to), Cc: joined(cc), Bcc: joined(blind) };
}

/** Anything but true and false leaves it to the server. */
function flag(value: string | null): boolean | null {
  const word = value?.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : null;
}

const metadataOf = ({ headers }: MimeMessage): { [name: string]: Json } =>
  Object.fromEntries(
    headers
      .filter(({ Name }) => Name.toLowerCase().startsWith(metadataPrefix))
      .map(({ Name, Value }) => [Name.slice(metadataPrefix.length), Value]),
  );

export function emailOfMime(mime: MimeMessage, envelope: Envelope): { [field: string]: Json } {
  return {
    From: mime.from === null ? envelope.from : text(mime.from),
    ...recipientsOf(mime, envelope),
    ReplyTo: joined(mime.replyTo),
    Subject: mime.subject,
    TextBody: mime.textBody,
    HtmlBody: mime.htmlBody,
    Tag: headerOf(mime, 'X-PM-Tag'),
    Metadata: metadataOf(mime),
    TrackOpens: flag(headerOf(mime, 'X-PM-TrackOpens')),
    TrackLinks: headerOf(mime, 'X-PM-TrackLinks'),
    MessageStream: headerOf(mime, 'X-PM-Message-Stream'),
    Headers: mime.headers.filter(({ Name }) => !left.test(Name)),
    Attachments: mime.attachments.map(({ name, content, contentType, contentId }) => ({
      ...{ Name: name, Content: content.toString('base64'), ContentType: contentType, ContentID: contentId === '' ? null : contentId },
    })),
  };
}
