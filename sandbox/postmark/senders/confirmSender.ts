/** `POST /postmark/sender/confirm`: the click in the confirmation mail, which no API of Postmark's can make. */
import { InputError } from '../../world/inputError.ts';
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';

/** Confirming twice is as good as once. */
export function confirmSender(postmark: Postmark, email: string): Json {
  const sender = postmark.senders.byEmail(email.trim());
  if (sender === undefined) throw new InputError(`email: no sender signature has the address '${email}'; POST /senders makes one`);
  sender.confirmed = true;
  postmark.world.touched();
  return { ID: sender.id, EmailAddress: sender.email, Confirmed: true };
}
