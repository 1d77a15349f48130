/** How a message is written for Postmark, and what its answer says about each message of the call. */
import type { Models } from 'postmark';
import { z } from 'zod';
import type { SendAnswer } from '../core/job/outcome.ts';
import { neverSent } from './neverSent.ts';
import type { OutgoingMessage } from './ports.ts';
import { type Exchange, NotBegun } from './postmarkClient.ts';
import { answerOf, reasonOf } from './postmarkFault.ts';

/** Tracking and the message stream are the server's own defaults; an empty field is left out, since Postmark refuses some empty ones. */
export function wireMessage(message: OutgoingMessage): Models.Message {
  return {
    From: message.from,
    To: message.to,
    Subject: message.subject,
    Metadata: { ...message.metadata },
    ...(message.replyTo === null ? {} : { ReplyTo: message.replyTo }),
    ...(message.htmlBody === null ? {} : { HtmlBody: message.htmlBody }),
    ...(message.textBody === null ? {} : { TextBody: message.textBody }),
    ...(message.tag === null ? {} : { Tag: message.tag }),
    ...(message.attachments.length === 0 ? {} : { Attachments: message.attachments.map(wireAttachment) }),
  };
}

const wireAttachment = (attachment: OutgoingMessage['attachments'][number]): Models.Attachment => ({
  Name: attachment.filename,
  Content: attachment.contentBase64,
  ContentType: attachment.contentType,
  ContentID: null,
});

const wireAnswer = z.object({ ErrorCode: z.int(), Message: z.string().nullish(), MessageID: z.string().min(1).nullish() });

/** Nothing was sent, which is what Postmark's own "offline for maintenance" says: no look-up is needed before the next try. */
const notSent = (message: string): SendAnswer => ({
  kind: 'answered',
  httpStatus: 503,
  errorCode: 100,
  message,
  messageId: null,
});

export function answersOf(exchange: Exchange, count: number): SendAnswer[] {
  if (!exchange.ok) return repeat(failure(exchange.error, exchange.cause), count);
  const items: unknown[] = Array.isArray(exchange.body) ? exchange.body : [exchange.body];
  if (items.length !== count)
    return repeat({ kind: 'noAnswer', reason: `Postmark answered ${items.length} results for ${count} messages` }, count);
  return items.map(itemAnswer);
}

function failure(error: unknown, cause: unknown): SendAnswer {
  const answer = answerOf(error);
  if (answer !== null) return { kind: 'answered', ...answer, messageId: null };
  if (error instanceof NotBegun) return notSent(error.message);
  if (neverSent(cause)) return notSent('Postmark cannot be reached; nothing was sent');
  return { kind: 'noAnswer', reason: reasonOf(cause ?? error) };
}

/**
 * A batch answers 200 whatever became of its items, and an item's own ErrorCode stands for an HTTP 422. ErrorCode 0 with text is "will not deliver
 * to these inactive addresses" and is kept in `message`. Without a MessageID nothing says that the message was taken.
 */
function itemAnswer(item: unknown): SendAnswer {
  const parsed = wireAnswer.safeParse(item);
  if (!parsed.success) return { kind: 'noAnswer', reason: 'Postmark answered 200 with something else than a result' };
  const { ErrorCode, Message, MessageID } = parsed.data;
  const message = Message ?? '';
  if (ErrorCode !== 0) return { kind: 'answered', httpStatus: 422, errorCode: ErrorCode, message, messageId: null };
  if (MessageID === null || MessageID === undefined) return { kind: 'noAnswer', reason: 'Postmark answered 200 without a MessageID' };
  return { kind: 'answered', httpStatus: 200, errorCode: 0, message, messageId: MessageID };
}

const repeat = (answer: SendAnswer, count: number): SendAnswer[] => Array.from({ length: count }, () => answer);
