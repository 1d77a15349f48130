/** What Postmark does by itself with a message it took: an agenda item per message, so that it survives a restart and follows the clock. */
import type { Json } from '../../world/world.ts';
import { bounceTestOf } from '../bounces/bounceTypes.ts';
import { domainOf } from '../email/address.ts';
import type { Postmark } from '../postmark.ts';
import { countSent } from '../stats/countOccurrence.ts';
import { activeRecipients, type Message } from './message.ts';
import { bounced, delivered } from './occurrences.ts';

const agendaKind = 'postmark.process';
/** Mail to it is accepted and dropped: nothing is ever heard of it again. */
const blackhole = 'blackhole.postmarkapp.com';

export function afterAcceptance({ settings, world }: Postmark, message: Message): void {
  world.clock.schedule(world.clock.now() + settings.deliveryDelayMs.value, agendaKind, message.id);
}

function processOne(postmark: Postmark, message: Message, recipient: string): void {
  const occurrence = { message, recipient, at: postmark.world.clock.now() };
  const bounceTest = bounceTestOf(recipient, message.headers);
  if (bounceTest !== null) bounced(postmark, occurrence, bounceTest);
  else if (domainOf(recipient) === blackhole) return;
  else if (postmark.settings.autoDeliver.value || message.sandboxed) delivered(postmark, occurrence);
}

export function registerProcessing(postmark: Postmark): void {
  postmark.world.clock.on(agendaKind, (payload: Json) => {
    const message = typeof payload === 'string' ? postmark.messages.byId(payload) : undefined;
    if (message === undefined || message.status === 'Sent') return;
    message.status = 'Sent';
    const recipients = activeRecipients(message);
    countSent(postmark, message, recipients.length, postmark.world.clock.now());
    for (const recipient of recipients) processOne(postmark, message, recipient);
    postmark.world.touched();
  });
}
