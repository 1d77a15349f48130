/**
 * Postmark's flags of all domains, listed once and shared by every domain that waits: asking for each by itself would be 67 calls a second for 1,000
 * waiting tenants at 30 s, the list is one for 500. It never costs more than its share of the account's calls, however many domains there are: a list
 * of many pages is used for longer, and whoever needs it meanwhile is answered from the one before.
 */
import { PortFault } from '../core/portFault.ts';
import type { DomainDirectory } from '../ports/ports.ts';
import type { WorkContext } from './workContext.ts';

export type Flags = { dkim: boolean; returnPath: boolean };
/** `unread`: nobody has asked, or the answer is still to come. */
export type DomainFlags =
  | { kind: 'listed'; of: ReadonlyMap<number, Flags> }
  | { kind: 'unread'; why: string }
  | { kind: 'failed'; why: string };
type Listing = { at: number; pages: number; reading: boolean; answer: Promise<DomainFlags>; latest: DomainFlags };

/** A page per five seconds of domain time: a tenth of the account's two calls a second, in each process. */
const msPerPage = 5_000;
/** How long a look waits for a list that is being read; process time. */
const patienceMs = 2_000;
const notYet: DomainFlags = { kind: 'unread', why: 'its list is still being read' };

const listings = new WeakMap<DomainDirectory, Listing>();

export const sharedDomainFlags = async (ctx: Pick<WorkContext, 'ports' | 'now' | 'settings'>): Promise<DomainFlags> => {
  const { domains } = ctx.ports;
  const now = ctx.now().getTime();
  const known = listings.get(domains);
  const listing =
    known !== undefined && isGood(known, now, ctx.settings.pollingIntervalSeconds) ? known : begin(domains, now, known?.latest);
  return Promise.race([listing.answer, whenPatienceEnds(listing)]);
};

const isGood = ({ reading, at, pages }: Listing, now: number, pollingIntervalSeconds: number): boolean =>
  reading || now - at < Math.max((pollingIntervalSeconds * 1000) / 2, pages * msPerPage);

const whenPatienceEnds = (listing: Listing): Promise<DomainFlags> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(listing.latest), patienceMs).unref();
  });

const begin = (domains: DomainDirectory, at: number, latest: DomainFlags = notYet): Listing => {
  const listing: Listing = { at, pages: 1, reading: true, answer: Promise.resolve(latest), latest };
  listing.answer = listAll(domains, listing).then((answer) => {
    listing.reading = false;
    listing.latest = answer;
    return answer;
  });
  listings.set(domains, listing);
  return listing;
};

const listAll = async (domains: DomainDirectory, listing: Listing): Promise<DomainFlags> => {
  const of = new Map<number, Flags>();
  try {
    for (let offset = 0; ; listing.pages += 1) {
      const page = await domains.listDomains(offset);
      for (const { domainId, dkimVerified, returnPathVerified } of page.domains)
        of.set(domainId, { dkim: dkimVerified, returnPath: returnPathVerified });
      offset += page.domains.length;
      if (page.domains.length === 0 || offset >= page.total) return { kind: 'listed', of };
    }
  } catch (error) {
    return { kind: 'failed', why: error instanceof PortFault ? error.message : 'a fault of our own; see the logs' };
  }
};
