/**
 * Postmark's flags of all domains, listed once and shared by every domain that waits: asking for each by itself would be 67 calls a second for 1,000
 * waiting tenants at 30 s, the list is one for 500. A list younger than half a polling interval is used again.
 */
import type { DomainDirectory } from '../ports/ports.ts';
import type { WorkContext } from './workContext.ts';

type Flags = { dkim: boolean; returnPath: boolean };
type Listing = { at: number; flags: Promise<ReadonlyMap<number, Flags>> };

const listings = new WeakMap<DomainDirectory, Listing>();

/** Null when the list does not hold the domain. */
export const sharedDomainFlags = async (ctx: Pick<WorkContext, 'ports' | 'now' | 'settings'>, domainId: number): Promise<Flags | null> => {
  const { domains } = ctx.ports;
  const now = ctx.now().getTime();
  const known = listings.get(domains);
  const fresh = known !== undefined && now - known.at < (ctx.settings.pollingIntervalSeconds * 1000) / 2;
  const listing = fresh ? known : { at: now, flags: listAll(domains) };
  listings.set(domains, listing);
  try {
    return (await listing.flags).get(domainId) ?? null;
  } catch (error) {
    listings.delete(domains);
    throw error;
  }
};

const listAll = async (domains: DomainDirectory): Promise<ReadonlyMap<number, Flags>> => {
  const all = new Map<number, Flags>();
  for (let offset = 0; ; ) {
    const page = await domains.listDomains(offset);
    for (const { domainId, dkimVerified, returnPathVerified } of page.domains)
      all.set(domainId, { dkim: dkimVerified, returnPath: returnPathVerified });
    offset += page.domains.length;
    if (page.domains.length === 0 || offset >= page.total) return all;
  }
};
