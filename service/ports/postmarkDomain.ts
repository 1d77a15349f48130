/** How Postmark writes a domain, and what we read from it. */
import { z } from 'zod';
import { PortFault } from '../core/portFault.ts';
import type { ProviderDomain } from './ports.ts';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const flags = {
  ID: z.int().positive(),
  Name: z.string().min(1),
  DKIMVerified: z.boolean(),
  ReturnPathDomainVerified: z.boolean(),
  DKIMUpdateStatus: text,
};

/** The two flags contradict each other at times: `DKIMVerified` false while the update status says Verified. Either one is enough. */
const dkimVerified = (domain: { DKIMVerified: boolean; DKIMUpdateStatus: string }): boolean =>
  domain.DKIMVerified || domain.DKIMUpdateStatus === 'Verified';

export const wireDomainFlags = z.object(flags).transform((domain) => ({
  domainId: domain.ID,
  name: domain.Name,
  dkimVerified: dkimVerified(domain),
  returnPathVerified: domain.ReturnPathDomainVerified,
}));

export const wireDomain = z.object({
  ...flags,
  DKIMHost: text,
  DKIMTextValue: text,
  DKIMPendingHost: text,
  DKIMPendingTextValue: text,
  ReturnPathDomain: text,
  ReturnPathDomainCNAMEValue: text,
});

export function toDomain(operation: string, domain: z.output<typeof wireDomain>): ProviderDomain {
  return {
    domainId: domain.ID,
    name: domain.Name,
    dkim: dkimPair(operation, domain),
    returnPath: { host: domain.ReturnPathDomain, value: domain.ReturnPathDomainCNAMEValue },
    dkimVerified: dkimVerified(domain),
    returnPathVerified: domain.ReturnPathDomainVerified,
  };
}

/**
 * A new domain has its key in the pending pair and empty strings in the current one; after the first verification it is the other way round.
 * During a rotation both are there, and the current one is what signs, unless it was never verified.
 */
function dkimPair(operation: string, domain: z.output<typeof wireDomain>): { host: string; value: string } {
  const current = { host: domain.DKIMHost, value: domain.DKIMTextValue };
  const pending = { host: domain.DKIMPendingHost, value: domain.DKIMPendingTextValue };
  const isGiven = (pair: { host: string; value: string }): boolean => pair.host !== '' && pair.value !== '';
  if (isGiven(current) && (domain.DKIMVerified || !isGiven(pending))) return current;
  if (isGiven(pending)) return pending;
  const detail = { class: 'unknown', provider: 'postmark', operation, httpStatus: 200, code: null } as const;
  throw new PortFault(detail, `${operation}: Postmark shows neither a current nor a pending DKIM key for domain ${domain.ID}`, null);
}
