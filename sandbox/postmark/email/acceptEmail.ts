import type { Json } from '../../world/world.ts';
import { afterAcceptance } from '../messages/afterAcceptance.ts';
import type { Message } from '../messages/message.ts';
import type { Postmark } from '../postmark.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import type { ServerRecord } from '../servers/server.ts';
import { type Email, emailIn } from './emailInput.ts';
import { checkPending, checkSender, checkStanding, checkStream, inactiveAmong } from './sendingRules.ts';

/** Stored bodies are cut off here. */
const storedBodyMax = 1024 * 1024;

function answerTo(email: Email, submittedAt: string, messageId: string, sentence: string): Json {
  return {
    To: email.toText,
    ...(email.ccText === null ? {} : { Cc: email.ccText }),
    ...(email.bccText === null ? {} : { Bcc: email.bccText }),
    SubmittedAt: submittedAt,
    MessageID: messageId,
    ErrorCode: 0,
    Message: sentence,
  };
}

function messageOf(postmark: Postmark, { server }: ServerRecord, email: Email, inactive: string[]): Message {
  const { attachments, stream, htmlBody, textBody, trackOpens, trackLinks, ...rest } = email;
  return {
    ...rest,
    id: postmark.random.uuid(),
    serverId: server.ID,
    stream: stream.toLowerCase(),
    receivedAt: postmark.world.clock.now(),
    sandboxed: server.DeliveryType === 'Sandbox',
    htmlBody: htmlBody?.slice(0, storedBodyMax) ?? null,
    textBody: textBody?.slice(0, storedBodyMax) ?? null,
    trackOpens: trackOpens ?? server.TrackOpens,
    trackLinks: trackLinks ?? server.TrackLinks,
    attachments: attachments.map(({ name }) => name),
    inactive,
    status: 'Queued',
    events: [],
  };
}

/** Checks a message, keeps it, and puts what will happen to it on the agenda. A refusal leaves nothing behind. */
export function acceptEmail(postmark: Postmark, record: ServerRecord, input: Json, inBatch: boolean): Json {
  const email = emailIn(input);
  checkStream(record, email);
  checkStanding(postmark);
  checkSender(postmark, email);
  checkPending(postmark, email);
  const inactive = inactiveAmong(postmark, record, email, inBatch);
  const message = messageOf(postmark, record, email, inactive);
  postmark.messages.add(message, message.receivedAt, postmark.settings.messagesMax.value);
  afterAcceptance(postmark, message);
  postmark.world.touched();
  const sentence =
    inactive.length === 0
      ? 'OK'
      : `Message OK, but will not deliver to these inactive addresses: ${inactive.join(', ')}. Inactive recipients are ones that have generated a hard bounce or a spam complaint.`;
  return answerTo(email, postmarkDate(message.receivedAt), message.id, sentence);
}

/** For the token POSTMARK_API_TEST: looks at the message alone, keeps nothing. */
export function acceptTestEmail(postmark: Postmark, input: Json): Json {
  const email = emailIn(input);
  return answerTo(email, postmarkDate(postmark.world.clock.now()), postmark.random.uuid(), 'Test job accepted');
}
