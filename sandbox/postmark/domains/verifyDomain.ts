/** The two looks at DNS. Both answer the domain whether or not they saw what they looked for. */
import type { Postmark } from '../postmark.ts';
import { cnameTargets, txtValues } from './dnsLookup.ts';
import { type Domain, returnPathTarget } from './domain.ts';

/** Postmark keeps looking for two days. */
export const lookingMs = 2 * 86_400_000;

/** Spaces do not count: some DNS hosts reformat `k=rsa;p=…`. */
const bare = (text: string): string => text.replace(/\s/g, '');

export async function verifyDkim(postmark: Postmark, domain: Domain): Promise<void> {
  const { pending } = domain;
  if (pending === null) return;
  const values = await txtValues(postmark.dnsServer, pending.host);
  // The look took time: another call may have settled this key, or removed the domain.
  if (domain.pending !== pending) return;
  const now = postmark.world.clock.now();
  if (values.some((value) => bare(value) === bare(pending.value))) {
    if (domain.current !== null) domain.revoked = { ...domain.current, at: now };
    domain.current = pending;
    domain.pending = null;
    domain.dkimVerified = true;
    domain.updateStatus = 'Verified';
  } else if (now > domain.pendingSince + lookingMs) {
    domain.updateStatus = 'Failed';
  }
  postmark.world.touched();
}

export async function verifyReturnPath(postmark: Postmark, domain: Domain): Promise<void> {
  const { returnPathDomain } = domain;
  if (returnPathDomain === '') return;
  const targets = await cnameTargets(postmark.dnsServer, returnPathDomain);
  if (domain.returnPathDomain !== returnPathDomain) return;
  const seen = targets.includes(returnPathTarget);
  domain.returnPathVerified = seen || (domain.returnPathVerified && postmark.settings.returnPathSticky.value);
  postmark.world.touched();
}
