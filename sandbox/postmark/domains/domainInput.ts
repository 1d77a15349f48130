import { type JsonObject, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';

const nameMax = 255;
export const domainPattern = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Mailbox providers, whose names nobody can prove to own. The real list is longer and not published. */
export const publicDomains = new Set([
  'aol.com',
  'gmail.com',
  'gmx.com',
  'googlemail.com',
  'hotmail.com',
  'icloud.com',
  'live.com',
  'mail.com',
  'me.com',
  'msn.com',
  'outlook.com',
  'proton.me',
  'protonmail.com',
  'yahoo.com',
  'yandex.com',
  'zoho.com',
]);

export function newDomainIn(input: JsonObject): { name: string; returnPathDomain: string } {
  const body = objectOf(input, ['Name', 'ReturnPathDomain']);
  const name = (textIn(body, 'Name') ?? '').trim().toLowerCase();
  if (name === '') throw new Refusal(514);
  if (name.length > nameMax) throw new Refusal(515);
  if (!domainPattern.test(name)) throw new Refusal(516);
  if (publicDomains.has(name)) throw new Refusal(503, `You cannot use a public domain ('${name}').`);
  return { name, returnPathDomain: returnPathIn(body, name) ?? '' };
}

export function editedReturnPathIn(input: JsonObject, name: string): string {
  const returnPath = returnPathIn(objectOf(input, ['ReturnPathDomain']), name);
  if (returnPath === null) throw new Refusal(502);
  return returnPath;
}

/** Empty takes it away; otherwise it must be below the domain itself. */
function returnPathIn(body: JsonObject, name: string): string | null {
  const value = textIn(body, 'ReturnPathDomain')?.trim().toLowerCase();
  if (value === undefined || value === '') return value ?? null;
  if (value.length > nameMax) throw new Refusal(521, "'ReturnPathDomain' must have at most 255 characters.");
  if (!domainPattern.test(value) || !value.endsWith(`.${name}`)) {
    throw new Refusal(511, `'ReturnPathDomain' must be a subdomain of '${name}'.`);
  }
  return value;
}
