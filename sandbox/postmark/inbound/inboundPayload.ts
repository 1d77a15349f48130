/** The body of the inbound hook's call: the only one without a RecordType. */
import type { Json } from '../../world/world.ts';
import { type InboundMessage, sharedFields } from './inboundMessage.ts';

export const inboundPayload = (message: InboundMessage): { [field: string]: Json } => ({
  ...sharedFields(message),
  TextBody: message.textBody,
  HtmlBody: message.htmlBody,
  StrippedTextReply: message.strippedTextReply,
  Headers: message.headers,
  Attachments: message.attachments,
  ...(message.rawEmail === null ? {} : { RawEmail: message.rawEmail }),
});
