/** Every change of a suppression list goes through here, since each is announced by a SubscriptionChange. */
import type { Instant } from '../../world/world.ts';
import type { Message } from '../messages/message.ts';
import type { Postmark } from '../postmark.ts';
import { announce } from '../webhooks/announce.ts';
import { subscriptionChangePayload } from '../webhooks/payloads.ts';
import type { Suppression } from './suppressionStore.ts';

/** An address that is suppressed already keeps its first reason, unless the new one is a complaint, which cannot be undone. */
export function suppress(postmark: Postmark, suppression: Suppression, message: Message | null): void {
  const known = postmark.suppressions.get(suppression.serverId, suppression.stream, suppression.email);
  if (known === undefined || suppression.reason === 'SpamComplaint') postmark.suppressions.add(suppression);
  announceChange(postmark, suppression, message, suppression.at, true);
}

/** Answers whether there was anything to release. */
export function release(postmark: Postmark, serverId: number, stream: string, email: string): boolean {
  const known = postmark.suppressions.get(serverId, stream, email);
  if (known === undefined) return false;
  postmark.suppressions.remove(serverId, stream, email);
  postmark.bounces.reactivate(serverId, stream, email);
  announceChange(postmark, { ...known, origin: 'Customer' }, null, postmark.world.clock.now(), false);
  return true;
}

function announceChange(
  postmark: Postmark,
  suppression: Suppression,
  message: Message | null,
  at: Instant,
  suppressSending: boolean,
): void {
  announce(postmark, {
    serverId: suppression.serverId,
    stream: suppression.stream,
    recordType: 'SubscriptionChange',
    payload: subscriptionChangePayload(suppression, message, at, suppressSending),
  });
}
