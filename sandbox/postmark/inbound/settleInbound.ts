/** What a call of the inbound hook means for its message. When the last has failed it is an inbound error, which is a bounce as well. */
import { bounceTypeNamed, hardBounce } from '../bounces/bounceTypes.ts';
import { recordBounce } from '../bounces/recordBounce.ts';
import type { Postmark } from '../postmark.ts';
import type { Delivery } from '../webhooks/delivery.ts';
import type { Verdict } from '../webhooks/retrySchedule.ts';
import type { InboundMessage } from './inboundMessage.ts';

const inboundError = bounceTypeNamed('InboundError') ?? hardBounce;

function fail(postmark: Postmark, message: InboundMessage): void {
  message.status = 'Failed';
  recordBounce(postmark, inboundError, {
    ...{ serverId: message.serverId, stream: 'inbound', messageId: message.id, email: message.originalRecipient },
    ...{ from: message.from.Email, subject: message.subject, tag: message.tag, metadata: {}, at: postmark.world.clock.now() },
    details: 'The inbound hook did not take the message.',
  });
}

/** Its hook is gone, or the event was dropped on purpose: nobody is told, and it can be tried again on request. */
export function dropInbound(postmark: Postmark, delivery: Delivery): void {
  const message = postmark.inbound.byId(delivery.serverId, delivery.inboundId ?? '');
  if (message === undefined) return;
  message.status = 'Failed';
  postmark.world.touched();
}

export function settleInbound(postmark: Postmark, delivery: Delivery, verdict: Verdict): void {
  const message = postmark.inbound.byId(delivery.serverId, delivery.inboundId ?? '');
  if (message === undefined) return;
  if (verdict.kind === 'taken') message.status = 'Processed';
  else if (verdict.kind === 'retry') message.status = 'Scheduled';
  else fail(postmark, message);
  postmark.world.touched();
}
