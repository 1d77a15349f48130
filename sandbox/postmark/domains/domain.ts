import type { Instant, Json } from '../../world/world.ts';
import type { DkimPair } from './dkimKey.ts';

/**
 * A sending domain. A new key waits in `pending` until it is seen in DNS; then it becomes `current`, and the key it replaces `revoked`.
 * `dkimVerified` means that a key was seen once, and stays true for ever after.
 */
export type Domain = {
  id: number;
  name: string;
  current: DkimPair | null;
  pending: DkimPair | null;
  /** When the pending key was made: past the two days that Postmark keeps looking, a failed look says Failed and no longer Pending. */
  pendingSince: Instant;
  revoked: (DkimPair & { at: Instant }) | null;
  dkimVerified: boolean;
  updateStatus: 'Pending' | 'Verified' | 'Failed';
  returnPathDomain: string;
  returnPathVerified: boolean;
};

export const returnPathTarget = 'pm.mtasv.net';
const spfText = 'v=spf1 a mx include:spf.mtasv.net ~all';

export type DomainView = { now: Instant; revokedKeySafeMs: number; dkimFlagLags: boolean };

const shownDkimVerified = (domain: Domain, view: DomainView): boolean => domain.dkimVerified && !view.dkimFlagLags;

/** A list item: only these fields. */
export const listedDomain = (domain: Domain, view: DomainView): { [field: string]: Json } => ({
  Name: domain.name,
  SPFVerified: true,
  DKIMVerified: shownDkimVerified(domain, view),
  WeakDKIM: false,
  ReturnPathDomainVerified: domain.returnPathVerified,
  ID: domain.id,
});

/** What a rotation answers: the keys, and neither SPF nor Return-Path. */
export const dkimFields = (domain: Domain, view: DomainView): { [field: string]: Json } => ({
  Name: domain.name,
  DKIMVerified: shownDkimVerified(domain, view),
  WeakDKIM: false,
  DKIMHost: domain.current?.host ?? '',
  DKIMTextValue: domain.current?.value ?? '',
  DKIMPendingHost: domain.pending?.host ?? '',
  DKIMPendingTextValue: domain.pending?.value ?? '',
  DKIMRevokedHost: domain.revoked?.host ?? '',
  DKIMRevokedTextValue: domain.revoked?.value ?? '',
  SafeToRemoveRevokedKeyFromDNS: domain.revoked !== null && view.now >= domain.revoked.at + view.revokedKeySafeMs,
  DKIMUpdateStatus: domain.updateStatus,
  ID: domain.id,
});

export const spfFields = (domain: Domain): { [field: string]: Json } => ({
  SPFHost: domain.name,
  SPFVerified: true,
  SPFTextValue: spfText,
});

export const shownDomain = (domain: Domain, view: DomainView): { [field: string]: Json } => ({
  ...dkimFields(domain, view),
  ...spfFields(domain),
  ReturnPathDomain: domain.returnPathDomain,
  ReturnPathDomainVerified: domain.returnPathVerified,
  ReturnPathDomainCNAMEValue: returnPathTarget,
});
