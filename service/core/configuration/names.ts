/**
 * Every name that is computed rather than stored, each by one function that provisioning, sending and drift share.
 * The mail zone's name is the published one; it is never built again from its parts.
 */

export const slugPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const tenantIdPattern = /^[A-Za-z0-9._:-]{1,64}$/;
/** dot-atom of RFC 5322 without the exotic characters, at most 64 as RFC 5321 has it. */
export const localPartPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9])?$/;

/** `acme`, `dev.ardamails.com` → `acme.dev.ardamails.com` */
export const sendingDomainOf = (slug: string, mailZoneName: string): string => `${slug}.${mailZoneName}`;

/** Labels reversed, top-level domain dropped, joined with `-`: `acme.dev.ardamails.com` → `ardamails-dev-acme`. */
export const serverNameOf = (sendingDomain: string): string => sendingDomain.split('.').reverse().slice(1).join('-');

/** What every server name of a partition begins with: `dev.ardamails.com` → `ardamails-dev-`. */
export const ownServerPrefixOf = (mailZoneName: string): string => `${serverNameOf(mailZoneName)}-`;

export const retiredServerPrefixOf = (serverName: string): string => `retired-${serverName}-`;

/**
 * What a server that may not be deleted is renamed to: still ours to recognise, and free of its old name. It ends in the server's own id, since one
 * configuration may retire several servers of one name, and Postmark takes a name only once.
 */
export const retiredServerNameOf = (serverName: string, serverId: number): string =>
  `${retiredServerPrefixOf(serverName)}${serverId.toString(36)}`;

export const returnPathDomainOf = (sendingDomain: string): string => `pm-bounces.${sendingDomain}`;

/** Postmark's only Return-Path target (Postmark, "DNS records"). */
export const returnPathTarget = 'pm.mtasv.net';

/** Seconds; long enough to be cached, short enough to mend within minutes. */
export const recordTtlSeconds = 300;
