/** The kinds of bounce, with Postmark's codes and names. `deactivates`: the address is suppressed from then on. */
export type BounceType = {
  type: string;
  code: number;
  name: string;
  description: string;
  deactivates: 'HardBounce' | 'SpamComplaint' | 'ManualSuppression' | null;
};

const kind = (
  type: string,
  code: number,
  name: string,
  description: string,
  deactivates: BounceType['deactivates'] = null,
): BounceType => ({
  type,
  code,
  name,
  description,
  deactivates,
});

export const hardBounce = kind(
  'HardBounce',
  1,
  'Hard bounce',
  'The server was unable to deliver your message (ex: unknown user, mailbox not found).',
  'HardBounce',
);

export const bounceTypes: readonly BounceType[] = [
  hardBounce,
  kind('Transient', 2, 'Message delayed', 'The server could not temporarily deliver your message (ex: network troubles).'),
  kind('Unsubscribe', 16, 'Unsubscribe request', 'Unsubscribe or Remove request.'),
  kind('Subscribe', 32, 'Subscribe request', 'Subscribe request from someone wanting to get added to the mailing list.'),
  kind('AutoResponder', 64, 'Auto responder', 'Automatic email responder (ex: "Out of Office" or "On Vacation").'),
  kind('AddressChange', 128, 'Address change', 'The recipient has requested an address change.'),
  kind('DnsError', 256, 'DNS error', 'A temporary DNS error.'),
  kind(
    'SpamNotification',
    512,
    'Spam notification',
    'The message was delivered, but was either blocked by the user, or classified as spam.',
  ),
  kind('OpenRelayTest', 1024, 'Open relay test', 'The NDR is actually a test email message to see if the mail server is an open relay.'),
  kind('Unknown', 2048, 'Unknown', 'Unable to classify the NDR.'),
  kind('SoftBounce', 4096, 'Soft bounce', 'Unable to temporarily deliver message (ex: mailbox full, account disabled, exceeds quota).'),
  kind(
    'VirusNotification',
    8192,
    'Virus notification',
    'The bounce is actually a virus notification warning about a virus or code infected message.',
  ),
  kind(
    'ChallengeVerification',
    16384,
    'Spam challenge verification',
    'The bounce is a challenge asking for verification you actually sent the email.',
  ),
  kind('BadEmailAddress', 100000, 'Invalid email address', 'The address is not a valid email address.', 'HardBounce'),
  kind('SpamComplaint', 100001, 'Spam complaint', 'The subscriber explicitly marked this message as spam.', 'SpamComplaint'),
  kind('ManuallyDeactivated', 100002, 'Manually deactivated', 'The email was manually deactivated.', 'ManualSuppression'),
  kind(
    'Unconfirmed',
    100003,
    'Registration not confirmed',
    'The subscriber has not clicked on the confirmation link upon registration or import.',
  ),
  kind('Blocked', 100006, 'ISP block', 'Blocked from this ISP due to content or blacklisting.'),
  kind('SMTPApiError', 100007, 'SMTP API error', 'An error occurred while accepting an email through the SMTP API.'),
  kind('InboundError', 100008, 'Processing failed', 'Unable to deliver inbound message to destination inbound hook.'),
  kind('DMARCPolicy', 100009, 'DMARC Policy', "Email rejected due to DMARC Policy of the 'From' domain."),
  kind('TemplateRenderingFailed', 100010, 'Template rendering failed', 'An error occurred while attempting to render your template.'),
];

const byName = new Map(bounceTypes.map((bounceType) => [bounceType.type.toLowerCase(), bounceType]));

/** By its name in any case, also in snake case: `hard_bounce`. */
export const bounceTypeNamed = (name: string): BounceType | undefined => byName.get(name.toLowerCase().replace(/[_-]/g, ''));

const testDomain = '@bounce-testing.postmarkapp.com';

/** Postmark's own rule for bounce testing: what it does not know, and a complaint, is a hard bounce. */
function testedType(name: string): BounceType {
  const named = bounceTypeNamed(name);
  return named === undefined || named.type === 'SpamComplaint' ? hardBounce : named;
}

/** How a message to this address bounces by design: the bounce-testing domain, or the header X-PM-Bounce-Type; null when it does not. */
export function bounceTestOf(recipient: string, headers: readonly { Name: string; Value: string }[]): BounceType | null {
  const address = recipient.toLowerCase();
  if (address.endsWith(testDomain)) return testedType(address.slice(0, -testDomain.length));
  const header = headers.find(({ Name }) => Name.toLowerCase() === 'x-pm-bounce-type');
  return header === undefined ? null : testedType(header.Value);
}
