/**
 * Every change of a suppression list goes through here, since each is announced by a SubscriptionChange.
 *
 * Postmark's lists agree with what was asked of them a little later; `suppressionLagMs` says how much. With a lag a change waits on the
 * agenda, in order, and neither the dump nor the check of a send knows of it before.
 */
import type { Instant } from '../../world/world.ts';
import type { Message } from '../messages/message.ts';
import type { Postmark } from '../postmark.ts';
import { announce } from '../webhooks/announce.ts';
import { subscriptionChangePayload } from '../webhooks/payloads.ts';
import type { Suppression } from './suppressionStore.ts';

const agendaKind = 'postmark.suppression';

export type Release = Pick<Suppression, 'serverId' | 'stream' | 'email' | 'origin' | 'at'>;

/** `messageId`: the message that the change is tied to, null when there is none. */
type Change = { messageId: string | null } & ({ kind: 'suppress'; suppression: Suppression } | { kind: 'release'; release: Release });

export const suppress = (postmark: Postmark, suppression: Suppression, messageId: string | null): void =>
  request(postmark, { kind: 'suppress', suppression, messageId });

export const release = (postmark: Postmark, released: Release, messageId: string | null): void =>
  request(postmark, { kind: 'release', release: released, messageId });

/** Called once per world. */
export function registerSuppressionChanges(postmark: Postmark): void {
  postmark.world.clock.on(agendaKind, (payload) => {
    apply(postmark, payload as Change);
    postmark.world.touched();
  });
}

function request(postmark: Postmark, change: Change): void {
  const lagMs = postmark.settings.suppressionLagMs.value;
  if (lagMs === 0) apply(postmark, change);
  else postmark.world.clock.schedule(postmark.world.clock.now() + lagMs, agendaKind, change);
}

function apply(postmark: Postmark, change: Change): void {
  const { serverId } = change.kind === 'suppress' ? change.suppression : change.release;
  if (postmark.servers.byId(serverId) === undefined) return;
  const message = change.messageId === null ? undefined : postmark.messages.byId(change.messageId);
  if (change.kind === 'suppress') applySuppress(postmark, change.suppression, message ?? null);
  else applyRelease(postmark, change.release, message ?? null);
}

/** An address that is suppressed already keeps its first reason, unless the new one is a complaint, which cannot be undone. */
function applySuppress(postmark: Postmark, suppression: Suppression, message: Message | null): void {
  const known = postmark.suppressions.get(suppression.serverId, suppression.stream, suppression.email);
  if (known === undefined || suppression.reason === 'SpamComplaint') postmark.suppressions.add(suppression);
  announceChange(postmark, suppression, message, suppression.at, true);
}

/** Nothing to release: nothing happens. */
function applyRelease(postmark: Postmark, { serverId, stream, email, origin, at }: Release, message: Message | null): void {
  const known = postmark.suppressions.get(serverId, stream, email);
  if (known === undefined) return;
  postmark.suppressions.remove(serverId, stream, email);
  postmark.bounces.reactivate(serverId, stream, email);
  announceChange(postmark, { ...known, origin }, message, at, false);
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
