import type { Instant, Json } from '../../world/world.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';

export type Bounce = {
  id: number;
  serverId: number;
  stream: string;
  messageId: string;
  type: string;
  typeCode: number;
  name: string;
  description: string;
  details: string;
  email: string;
  from: string;
  subject: string;
  tag: string;
  metadata: Record<string, string>;
  at: Instant;
  inactive: boolean;
  canActivate: boolean;
};

/** The source of a bounce is kept for thirty days, its record for longer. */
const dumpMs = 30 * 86_400_000;

const dumpAvailable = (bounce: Bounce, now: Instant): boolean => now < bounce.at + dumpMs;

/** The report that the receiving server would have sent back; empty once it is no longer kept. */
export const bounceDump = (bounce: Bounce, now: Instant): string =>
  dumpAvailable(bounce, now)
    ? [
        'From: <>',
        `To: ${bounce.from}`,
        'Subject: Undelivered Mail Returned to Sender',
        `Date: ${new Date(bounce.at).toUTCString().replace('GMT', '+0000')}`,
        'Content-Type: text/plain; charset=UTF-8',
        '',
        `<${bounce.email}>: ${bounce.details}`,
        `X-PM-Message-Id: ${bounce.messageId}`,
        '',
      ].join('\r\n')
    : '';

export const shownBounce = (bounce: Bounce, now: Instant): { [field: string]: Json } => ({
  RecordType: bounce.type === 'SpamComplaint' ? 'SpamComplaint' : 'Bounce',
  ID: bounce.id,
  Type: bounce.type,
  TypeCode: bounce.typeCode,
  Name: bounce.name,
  Tag: bounce.tag,
  MessageID: bounce.messageId,
  ServerID: bounce.serverId,
  MessageStream: bounce.stream,
  Metadata: bounce.metadata,
  Description: bounce.description,
  Details: bounce.details,
  Email: bounce.email,
  From: bounce.from,
  BouncedAt: postmarkDate(bounce.at),
  DumpAvailable: dumpAvailable(bounce, now),
  Inactive: bounce.inactive,
  CanActivate: bounce.canActivate,
  Subject: bounce.subject,
});
