import type { Instant } from '../../world/world.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import type { Message, MessageEvent } from './message.ts';

/** Something that happened to one recipient's copy. `at` is when it happened, which need not be when it is told. */
export type Occurrence = { message: Message; recipient: string; at: Instant };

export function noteEvent({ message, recipient, at }: Occurrence, Type: MessageEvent['Type'], Details: MessageEvent['Details']): void {
  message.events.push({ Recipient: recipient, Type, ReceivedAt: postmarkDate(at), Details });
}

/** Where an occurrence is announced. */
export const placeOf = ({ message }: Occurrence) => ({ serverId: message.serverId, stream: message.stream });
