import type { Postmark } from '../postmark.ts';
import { scheduleDelivery } from '../webhooks/delivery.ts';
import type { InboundMessage } from './inboundMessage.ts';

/** Puts the call of the server's hook on the agenda; a server without one has processed the message by having it. */
export function scheduleInbound(postmark: Postmark, message: InboundMessage): void {
  const hook = postmark.servers.byId(message.serverId)?.server.InboundHookUrl ?? '';
  message.status = hook === '' ? 'Processed' : 'Queued';
  if (hook === '') return;
  const ids = { traceId: postmark.random.uuid(), eventId: postmark.random.uuid() };
  scheduleDelivery(
    postmark,
    {
      serverId: message.serverId,
      webhookId: null,
      inboundId: message.id,
      recordType: 'Inbound',
      body: '',
      ...ids,
      attempt: 0,
      reordered: false,
    },
    postmark.world.clock.now(),
  );
}
