/** Address fields of a message: `a@b`, `Name <a@b>`, `"Name, Jr." <a@b>`, several separated by commas. */
import { Refusal } from '../rim/refusal.ts';

export type Address = { Email: string; Name: string | null };

/** Both patterns are Postmark's own, as documented. */
const domainPattern = /^((\.)?[a-zA-Z0-9-])+$/;
const mailboxPattern = /^[a-z0-9.!#$%&'`*+\-/=^_{}|~]+$/i;

/** An address with its name. Not published; a line of mail is not longer, and what is kept of a message is to have an end. */
const entryMax = 1000;
/** No name in DNS is longer, and the documented pattern runs out of stack on what is very much longer. */
const domainMax = 253;

/** Commas inside quotes or angle brackets do not separate. A list may be megabytes long, so only its marks are looked at. */
function splitList(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (const { 0: mark, index } of text.matchAll(/["<>,]/g)) {
    if (mark === '"') quoted = !quoted;
    else if (!quoted && mark !== ',') bracketed = mark === '<';
    else if (!quoted && !bracketed) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)].map((item) => item.trim()).filter((item) => item !== '');
}

function parseOne(text: string): Address {
  const named = /^(.*)<([^<>]*)>$/s.exec(text);
  if (named === null) return { Email: text, Name: null };
  const name = (named[1] ?? '')
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .replaceAll('\\"', '"');
  return { Email: (named[2] ?? '').trim(), Name: name === '' ? null : name };
}

export const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase();

/** What is wrong with an address; null when nothing is. */
export function addressFault(field: string, email: string): string | null {
  const at = email.lastIndexOf('@');
  if (at === -1) return `Error parsing '${field}': Illegal email address '${email}'. It must contain the '@' symbol.`;
  const domain = email.slice(at + 1);
  if (domain.length > domainMax || !domainPattern.test(domain))
    return `Error parsing '${field}': Illegal email domain '${domain}' in address '${email}'`;
  if (!mailboxPattern.test(email.slice(0, at))) return `Invalid '${field}' address: '${email}'.`;
  return null;
}

export function addressesIn(field: string, text: string | null): Address[] {
  const entries = splitList(text ?? '');
  const long = entries.find((entry) => entry.length > entryMax);
  if (long !== undefined)
    throw new Refusal(300, `Invalid '${field}' address: '${long.slice(0, 100)}…' is too long: it is limited to ${entryMax} characters.`);
  const addresses = entries.map(parseOne);
  for (const { Email } of addresses) {
    const fault = addressFault(field, Email);
    if (fault !== null) throw new Refusal(300, fault);
  }
  return addresses;
}

/** A From is exactly one address, and says so in one sentence whatever is wrong with it. */
export function senderIn(text: string | null): Address {
  const [address, ...others] = splitList(text ?? '').map(parseOne);
  if (address === undefined || others.length > 0 || addressFault('From', address.Email) !== null) {
    throw new Refusal(300, `Invalid 'From' address: '${text ?? ''}'.`);
  }
  return address;
}
