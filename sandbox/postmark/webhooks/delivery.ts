import type { Instant } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import type { RecordType } from './webhook.ts';

/** Inbound messages go to the server's InboundHookUrl; everything else to the webhooks of its stream. */
export type HookKind = RecordType | 'Inbound';

/** One event on its way to one receiver. It names the receiver and, for an inbound message, the message: both are read anew at each try. */
export type Delivery = {
  serverId: number;
  /** Null for an inbound message. */
  webhookId: number | null;
  /** Of an inbound message, whose body is made when it is sent. */
  inboundId?: string;
  recordType: HookKind;
  body: string;
  traceId: string;
  eventId: string;
  /** 0 for the first try. */
  attempt: number;
  /** Was held back once, and is not again. */
  reordered: boolean;
};

export const deliveryKind = 'postmark.webhook';

export function scheduleDelivery({ world }: Postmark, delivery: Delivery, at: Instant): void {
  world.clock.schedule(at, deliveryKind, delivery);
}
