/** What may be said of a sender signature, on create and on edit. */
import { domainPattern, publicDomains } from '../domains/domainInput.ts';
import { addressFault, domainOf } from '../email/address.ts';
import { type JsonObject, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';

const editable = ['Name', 'ReplyToEmail', 'ReturnPathDomain', 'ConfirmationPersonalNote'];
const textMax = 255;
const noteMax = 400;

/** Null: nothing was said. */
export type SenderInput = { name: string | null; replyTo: string | null; returnPathDomain: string | null; note: string | null };

function limited(body: JsonObject, field: string, max: number): string | null {
  const value = textIn(body, field)?.trim() ?? null;
  if (value !== null && value.length > max) throw new Refusal(521, `'${field}' must have at most ${max} characters.`);
  return value;
}

function inputIn(body: JsonObject, domain: string): SenderInput {
  const replyTo = limited(body, 'ReplyToEmail', textMax);
  if (replyTo !== null && replyTo !== '' && addressFault('ReplyToEmail', replyTo) !== null)
    throw new Refusal(522, `The value of 'ReplyToEmail' is not a valid address: '${replyTo}'.`);
  const returnPathDomain = limited(body, 'ReturnPathDomain', textMax)?.toLowerCase() ?? null;
  if (
    returnPathDomain !== null &&
    returnPathDomain !== '' &&
    !(domainPattern.test(returnPathDomain) && returnPathDomain.endsWith(`.${domain}`))
  )
    throw new Refusal(522, `The value of 'ReturnPathDomain' must be a subdomain of '${domain}'.`);
  return { name: limited(body, 'Name', textMax), replyTo, returnPathDomain, note: limited(body, 'ConfirmationPersonalNote', noteMax) };
}

export function newSenderIn(input: JsonObject, nameRequired: boolean): SenderInput & { email: string; domain: string } {
  const body = objectOf(input, ['FromEmail', ...editable]);
  const email = limited(body, 'FromEmail', textMax) ?? '';
  if (email === '') throw new Refusal(520, "'FromEmail' is required to create a Sender Signature.");
  const domain = domainOf(email);
  if (addressFault('FromEmail', email) !== null || !domainPattern.test(domain))
    throw new Refusal(522, `The value of 'FromEmail' is not a valid address: '${email}'.`);
  if (publicDomains.has(domain)) throw new Refusal(503, `You cannot use a public domain ('${domain}').`);
  const rest = inputIn(body, domain);
  if (nameRequired && (rest.name ?? '') === '') throw new Refusal(520, "'Name' is required to create a Sender Signature.");
  return { email, domain, ...rest };
}

export function editedSenderIn(input: JsonObject, domain: string): SenderInput {
  const body = objectOf(input, editable);
  const edited = inputIn(body, domain);
  if (Object.values(edited).every((value) => value === null)) throw new Refusal(502);
  return edited;
}
