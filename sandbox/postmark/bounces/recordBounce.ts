import type { Postmark } from '../postmark.ts';
import { countBounce } from '../stats/countOccurrence.ts';
import { announce } from '../webhooks/announce.ts';
import { type Bounce, shownBounce } from './bounce.ts';
import type { BounceType } from './bounceTypes.ts';

export type BounceOf = Pick<
  Bounce,
  'serverId' | 'stream' | 'messageId' | 'email' | 'from' | 'subject' | 'tag' | 'metadata' | 'details' | 'at'
>;

/** Keeps a bounce or complaint, counts it, and announces it; an SMTP API error only to a server that asks for those. */
export function recordBounce(postmark: Postmark, kind: BounceType, about: BounceOf): Bounce {
  const bounce: Bounce = {
    id: postmark.bounces.takeId(),
    ...about,
    type: kind.type,
    typeCode: kind.code,
    name: kind.name,
    description: kind.description,
    inactive: kind.deactivates !== null,
    canActivate: kind.type !== 'SpamComplaint',
  };
  postmark.bounces.add(bounce);
  countBounce(postmark, bounce, bounce.type, bounce.at);
  const hooked = kind.type !== 'SMTPApiError' || postmark.servers.byId(bounce.serverId)?.server.EnableSmtpApiErrorHooks === true;
  if (hooked) {
    const recordType = kind.type === 'SpamComplaint' ? 'SpamComplaint' : 'Bounce';
    const payload = shownBounce(bounce, postmark.world.clock.now());
    announce(postmark, { serverId: bounce.serverId, stream: bounce.stream, recordType, payload, bounceId: bounce.id });
  }
  return bounce;
}
