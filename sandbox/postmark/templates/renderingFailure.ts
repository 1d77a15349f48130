/** Mail that was taken and then could not be rendered: it bounces for every recipient, instead of being delivered. */
import type { Json } from '../../world/world.ts';
import { bounceTypeNamed, hardBounce } from '../bounces/bounceTypes.ts';
import { activeRecipients, type Message } from '../messages/message.ts';
import { bounced } from '../messages/occurrences.ts';
import type { Postmark } from '../postmark.ts';

const agendaKind = 'postmark.renderingFailed';

export function scheduleRenderingFailure({ settings, world }: Postmark, message: Message): void {
  world.clock.schedule(world.clock.now() + settings.deliveryDelayMs.value, agendaKind, message.id);
}

export function registerRenderingFailures(postmark: Postmark): void {
  const kind = bounceTypeNamed('TemplateRenderingFailed') ?? hardBounce;
  postmark.world.clock.on(agendaKind, (payload: Json) => {
    const now = postmark.world.clock.now();
    const message = typeof payload === 'string' ? postmark.messages.byId(payload) : undefined;
    if (message === undefined || message.status === 'Sent') return;
    message.status = 'Sent';
    for (const recipient of activeRecipients(message)) bounced(postmark, { message, recipient, at: now }, kind);
    postmark.world.touched();
  });
}
