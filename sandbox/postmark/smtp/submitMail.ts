/**
 * Mail handed in over SMTP. Postmark takes whatever an authenticated sender hands in and looks at it afterwards: what the API would refuse
 * becomes an SMTP API error, a bounce of each recipient, and the sender's program never hears of it.
 */
import { bounceTypeNamed, hardBounce } from '../bounces/bounceTypes.ts';
import { recordBounce } from '../bounces/recordBounce.ts';
import { acceptEmail } from '../email/acceptEmail.ts';
import { headerOf, type MimeMessage, parseMime } from '../inbound/mimeMessage.ts';
import type { Postmark } from '../postmark.ts';
import { isObject } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { isStillThere } from '../servers/stillThere.ts';
import { streamOf } from '../streams/messageStreams.ts';
import { type Envelope, emailOfMime } from './emailOfMime.ts';
import { SmtpReply } from './smtpReply.ts';

const smtpApiError = bounceTypeNamed('SMTPApiError') ?? hardBounce;

type Rejected = { messageId: string; recipients: readonly string[]; why: string };

function rejectRecipients(postmark: Postmark, record: ServerRecord, mime: MimeMessage, { messageId, recipients, why }: Rejected): void {
  const stream = streamOf(record, headerOf(mime, 'X-PM-Message-Stream') ?? 'outbound')?.ID ?? 'outbound';
  for (const email of recipients) {
    recordBounce(postmark, smtpApiError, {
      ...{ serverId: record.server.ID, stream, messageId, email, details: why, at: postmark.world.clock.now() },
      ...{ from: mime.from?.email ?? '', subject: mime.subject, tag: headerOf(mime, 'X-PM-Tag') ?? '', metadata: {} },
    });
  }
}

/** Answers the id under which the message is queued, also when nothing will come of it. */
export async function submitMail(postmark: Postmark, record: ServerRecord, envelope: Envelope, source: Buffer): Promise<string> {
  const mime = await parseMime(source);
  if (!isStillThere(postmark, record)) throw new SmtpReply(535, '5.7.8 The server of this login was removed');
  try {
    const answer = acceptEmail(postmark, record, emailOfMime(mime, envelope), false);
    const messageId = isObject(answer) && typeof answer['MessageID'] === 'string' ? answer['MessageID'] : '';
    const inactive = postmark.messages.byId(messageId)?.inactive ?? [];
    rejectRecipients(postmark, record, mime, { messageId, recipients: inactive, why: 'The recipient is inactive.' });
    return messageId;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    const messageId = postmark.random.uuid();
    rejectRecipients(postmark, record, mime, { messageId, recipients: envelope.recipients, why: `${cause.message} (${cause.code})` });
    postmark.world.touched();
    return messageId;
  }
}
