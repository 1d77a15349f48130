/**
 * The canonical form of a recipient: trimmed, Unicode NFC, lower-case, domain as A-labels. Jobs, suppressions and callbacks all compare this
 * form, so that `Bob@EXAMPLE.com` is the person who complained as `bob@example.com`.
 */
import { domainToAscii } from './domainToAscii.ts';

/** RFC 5321: 64 octets of local part, 254 of the whole path. */
const localPartMax = 64;
const addressMax = 254;
const localPart = /^[a-z0-9.!#$%&'`*+\-/=^_{}|~]+$/;
const domain = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The canonical form, or null when it is not an address that Postmark would take. */
export const canonicalRecipient = (address: string): string | null => {
  const trimmed = address.trim().normalize('NFC').toLowerCase();
  const at = trimmed.lastIndexOf('@');
  if (at < 1) return null;
  const local = trimmed.slice(0, at);
  const host = domainToAscii(trimmed.slice(at + 1));
  if (host === null || local.length > localPartMax || !localPart.test(local) || !domain.test(host)) return null;
  const canonical = `${local}@${host}`;
  return canonical.length > addressMax ? null : canonical;
};

/**
 * The same mailbox as a provider takes it: the domain as A-labels, the local part as it was written, since only its own host may fold that. What is no
 * address stays as it is.
 */
export const withAsciiDomain = (address: string): string => {
  const canonical = canonicalRecipient(address);
  if (canonical === null) return address;
  const written = address.trim().slice(0, address.trim().lastIndexOf('@'));
  return /^[\x21-\x7e]+$/.test(written) ? `${written}${canonical.slice(canonical.lastIndexOf('@'))}` : canonical;
};
