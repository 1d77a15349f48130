/** What depends on the account, the server and the recipients' past: the stream, the account's standing, the sender, the inactive. */
import type { Postmark } from '../postmark.ts';
import { Refusal } from '../rim/refusal.ts';
import type { MessageStream, ServerRecord } from '../servers/server.ts';
import { streamOf } from '../streams/messageStreams.ts';
import { domainOf } from './address.ts';
import type { Email } from './emailInput.ts';

/** The stream that a message is to go out on. */
export function sendingStream(record: ServerRecord, named: string): MessageStream {
  const stream = streamOf(record, named);
  if (stream === undefined) throw new Refusal(1235, `The stream provided: '${named}' does not exist on this server.`);
  if (stream.MessageStreamType === 'Inbound') {
    throw new Refusal(1236, `The stream provided: '${named}' is an inbound stream and cannot send messages.`);
  }
  if (stream.ArchivedAt !== null) throw new Refusal(1236, `The stream provided: '${named}' is archived and cannot send messages.`);
  return stream;
}

export function checkStanding({ settings }: Postmark): void {
  if (settings.callerOffAllowList.value) throw new Refusal(1480);
  if (settings.accountState.value === 'refused') throw new Refusal(413);
  if (settings.accountState.value === 'noCredits') throw new Refusal(405);
}

/**
 * A verified domain lets every server of the account send from every address of it; a confirmed sender signature, from exactly its address.
 * Nothing here asks which server it is: that is Postmark's, not ours.
 */
export function checkSender({ domains, senders, settings }: Postmark, from: string): void {
  const domain = domains.byName(domainOf(from));
  if (domain?.dkimVerified === true && (domain.returnPathVerified || !settings.sendRequiresReturnPath.value)) return;
  const signature = senders.byEmail(from);
  if (signature?.confirmed === true) return;
  if (signature !== undefined) {
    throw new Refusal(
      401,
      `The Sender Signature for the 'From' address you supplied (${from}) has not been confirmed. Please confirm it to be able to send from this address.`,
    );
  }
  throw new Refusal(
    400,
    `The 'From' address you supplied (${from}) is not a Sender Signature on your account. Please add and confirm this address in order to be able to use it in the 'From' field of your messages.`,
  );
}

export const recipientsOf = (email: Pick<Email, 'to' | 'cc' | 'bcc'>): string[] =>
  [...email.to, ...email.cc, ...email.bcc].map(({ Email }) => Email);

/** Until Postmark has looked at a new account, it may write to itself only. */
export function checkPending({ settings }: Postmark, email: Pick<Email, 'from' | 'to' | 'cc' | 'bcc'>): void {
  if (settings.accountState.value !== 'pending') return;
  const own = domainOf(email.from.Email);
  const foreign = [...new Set(recipientsOf(email).map(domainOf))].filter((domain) => domain !== own);
  if (foreign.length === 0) return;
  throw new Refusal(
    412,
    `While your account is pending approval, all recipient addresses must share the same domain as the 'From' address. The domain of the 'From' address is '${own}', but you are attempting to send email to the following domain(s): ${foreign.map((domain) => `'${domain}'`).join(', ')}.`,
  );
}

/** Recipients that will not be mailed. All of them, or any when the switch says so: the send is refused. */
export function inactiveAmong({ suppressions, settings }: Postmark, record: ServerRecord, email: Email, inBatch: boolean): string[] {
  const recipients = recipientsOf(email);
  const inactive = recipients.filter((address) => suppressions.has(record.server.ID, email.stream, address));
  const refused = inactive.length === recipients.length || (inactive.length > 0 && settings.partialSuppression.value === 'refuse');
  if (!refused) return inactive;
  const rest = `Found inactive addresses: ${inactive.join(', ')}. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.`;
  throw new Refusal(
    406,
    inBatch
      ? `You tried to send to a recipient that has been marked as inactive. ${rest} `
      : `You tried to send to recipient(s) that have been marked as inactive. ${rest}`,
  );
}
