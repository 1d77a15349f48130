/**
 * Mail comes in for a server: it is kept, held against the server's rules and its spam threshold, and sent on to its hook.
 * The spam score is the one that the message brings in `X-Spam-Score`, for nobody here looks for spam.
 */
import type { Postmark } from '../postmark.ts';
import type { ServerRecord } from '../servers/server.ts';
import { isStillThere } from '../servers/stillThere.ts';
import { mailboxHashOf } from './inboundAddress.ts';
import type { InboundAddress, InboundMessage } from './inboundMessage.ts';
import { headerOf, type MimeAddress, type MimeMessage, parseMime } from './mimeMessage.ts';
import { scheduleInbound } from './scheduleInbound.ts';
import { strippedReply } from './strippedReply.ts';

/** Headers that are fields of their own. */
const fieldHeaders = ['from', 'to', 'cc', 'bcc', 'subject', 'date', 'reply-to', 'content-type', 'content-transfer-encoding'];

const addressOf = ({ email, name }: MimeAddress): InboundAddress => ({ Email: email, Name: name, MailboxHash: mailboxHashOf(email) });

const textOf = (addresses: readonly MimeAddress[]): string =>
  addresses.map(({ email, name }) => (name === '' ? email : `"${name}" <${email}>`)).join(', ');

function spamScoreOf(mime: MimeMessage): number {
  const score = Number(headerOf(mime, 'X-Spam-Score') ?? '');
  return Number.isFinite(score) ? score : 0;
}

/** Why a message is not taken; null when it is. */
function blockedBy(postmark: Postmark, { server }: ServerRecord, mime: MimeMessage): string | null {
  const rule = postmark.inboundRules.blocking(server.ID, mime.from?.email ?? '');
  if (rule !== undefined) return `The sender is blocked by the rule '${rule.rule}'.`;
  const threshold = server.InboundSpamThreshold;
  if (threshold > 0 && spamScoreOf(mime) > threshold)
    return `The spam score of the message is above the server's threshold of ${threshold}.`;
  return null;
}

function inboundOf(postmark: Postmark, { server }: ServerRecord, mime: MimeMessage, recipient: string, source: Buffer): InboundMessage {
  const score = spamScoreOf(mime);
  return {
    ...{ id: postmark.random.uuid(), serverId: server.ID, receivedAt: postmark.world.clock.now(), status: 'Queued', blockedReason: null },
    from: addressOf(mime.from ?? { email: '', name: '' }),
    ...{ to: mime.to.map(addressOf), cc: mime.cc.map(addressOf), bcc: mime.bcc.map(addressOf) },
    ...{ toText: textOf(mime.to), ccText: textOf(mime.cc), bccText: textOf(mime.bcc), replyTo: textOf(mime.replyTo) },
    originalRecipient: recipient,
    mailboxHash: mailboxHashOf(recipient),
    subject: mime.subject,
    date: headerOf(mime, 'Date') ?? '',
    tag: headerOf(mime, 'X-PM-Tag') ?? '',
    ...{ textBody: mime.textBody ?? '', htmlBody: mime.htmlBody ?? '', strippedTextReply: strippedReply(mime.textBody ?? '') },
    headers: [
      ...mime.headers.filter(({ Name }) => !fieldHeaders.includes(Name.toLowerCase()) && !/^x-spam-(status|score)$/i.test(Name)),
      { Name: 'X-Spam-Status', Value: 'No' },
      { Name: 'X-Spam-Score', Value: score.toFixed(1) },
    ],
    attachments: mime.attachments.map(({ name, content, contentType, contentId }) => ({
      ...{ Name: name, Content: content.toString('base64'), ContentType: contentType, ContentLength: content.length, ContentID: contentId },
    })),
    rawEmail: server.RawEmailEnabled ? source.toString('utf8') : null,
  };
}

/** `recipient`: the address of the envelope, which is one of the server's. Null when the server was removed while the message was read. */
export async function receiveInbound(
  postmark: Postmark,
  record: ServerRecord,
  recipient: string,
  source: Buffer,
): Promise<InboundMessage | null> {
  const mime = await parseMime(source);
  if (!isStillThere(postmark, record)) return null;
  const message = inboundOf(postmark, record, mime, recipient, source);
  message.blockedReason = blockedBy(postmark, record, mime);
  const { inboundBytesMax, inboundMax } = postmark.settings;
  postmark.inbound.add(message, { messages: inboundMax.value, bytes: inboundBytesMax.value });
  if (message.blockedReason === null) scheduleInbound(postmark, message);
  else message.status = 'Blocked';
  postmark.world.touched();
  return message;
}
