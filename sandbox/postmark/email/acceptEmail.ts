import type { Json } from '../../world/world.ts';
import { afterAcceptance } from '../messages/afterAcceptance.ts';
import type { Message } from '../messages/message.ts';
import type { Postmark } from '../postmark.ts';
import type { MessageStream, ServerRecord } from '../servers/server.ts';
import { withUnsubscribe } from '../streams/unsubscribe.ts';
import { checkNoTemplate } from '../templates/contentOrTemplate.ts';
import { scheduleRenderingFailure } from '../templates/renderingFailure.ts';
import { type Email, emailIn } from './emailInput.ts';
import { checkPending, checkSender, checkStanding, inactiveAmong, sendingStream } from './sendingRules.ts';
import { submittedAt } from './submittedAt.ts';

/** Stored bodies are cut off here. */
const storedBodyMax = 1024 * 1024;

/** Copied: a slice of a long string keeps all of it in memory. */
const stored = (body: string | null): string | null =>
  body !== null && body.length > storedBodyMax ? Buffer.from(body.slice(0, storedBodyMax), 'utf16le').toString('utf16le') : body;

function answerTo(email: Email, at: string, messageId: string, sentence: string): Json {
  return {
    To: email.toText,
    ...(email.ccText === null ? {} : { Cc: email.ccText }),
    ...(email.bccText === null ? {} : { Bcc: email.bccText }),
    SubmittedAt: at,
    MessageID: messageId,
    ErrorCode: 0,
    Message: sentence,
  };
}

function messageOf(postmark: Postmark, { server }: ServerRecord, stream: MessageStream, given: Email, inactive: string[]): Message {
  const id = postmark.random.uuid();
  const handled = stream.SubscriptionManagementConfiguration.UnsubscribeHandlingType === 'Postmark';
  const email = handled ? withUnsubscribe(given, id) : given;
  const { attachments, stream: _named, htmlBody, textBody, trackOpens, trackLinks, ...rest } = email;
  return {
    ...rest,
    id,
    serverId: server.ID,
    stream: stream.ID,
    receivedAt: postmark.world.clock.now(),
    sandboxed: server.DeliveryType === 'Sandbox',
    htmlBody: stored(htmlBody),
    textBody: stored(textBody),
    trackOpens: trackOpens ?? server.TrackOpens,
    trackLinks: trackLinks ?? server.TrackLinks,
    attachments: attachments.map(({ name }) => name),
    inactive,
    status: 'Queued',
    events: [],
  };
}

/** `failsToRender`: it was made of a template that its model does not fit, and will bounce for that. */
export type AcceptedInput = { input: Json; failsToRender: boolean };

/** Checks a message, keeps it, and puts what will happen to it on the agenda. A refusal leaves nothing behind. */
export function acceptInput(postmark: Postmark, record: ServerRecord, { input, failsToRender }: AcceptedInput, inBatch: boolean): Json {
  const email = emailIn(input);
  const stream = sendingStream(record, email.stream);
  checkStanding(postmark);
  checkSender(postmark, email.from.Email);
  checkPending(postmark, email);
  const inactive = inactiveAmong(postmark, record, email, inBatch);
  const message = messageOf(postmark, record, stream, email, inactive);
  const { messageBytesMax, messagesMax } = postmark.settings;
  postmark.messages.add(message, { messages: messagesMax.value, bytes: messageBytesMax.value });
  if (failsToRender) scheduleRenderingFailure(postmark, message);
  else afterAcceptance(postmark, message);
  postmark.world.touched();
  const sentence =
    inactive.length === 0
      ? 'OK'
      : `Message OK, but will not deliver to these inactive addresses: ${inactive.join(', ')}. Inactive recipients are ones that have generated a hard bounce or a spam complaint.`;
  return answerTo(email, submittedAt(postmark, message.receivedAt), message.id, sentence);
}

export function acceptEmail(postmark: Postmark, record: ServerRecord, input: Json, inBatch: boolean): Json {
  checkNoTemplate(input);
  return acceptInput(postmark, record, { input, failsToRender: false }, inBatch);
}

/** For the token POSTMARK_API_TEST: looks at the message alone, keeps nothing. */
export function acceptTestEmail(postmark: Postmark, input: Json): Json {
  checkNoTemplate(input);
  const email = emailIn(input);
  return answerTo(email, submittedAt(postmark, postmark.world.clock.now()), postmark.random.uuid(), 'Test job accepted');
}
