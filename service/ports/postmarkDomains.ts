/**
 * Postmark's Domains API, with the account token. Domains are account-wide: any server may send from any verified one, so that a tenant sends
 * from its own only is our business, not Postmark's. Nothing here repeats a call.
 */

import type { AccountClient } from 'postmark';
import { z } from 'zod';
import type { PortFault } from '../core/portFault.ts';
import type { DomainDirectory, ProviderDomain } from './ports.ts';
import type { PostmarkCall, PostmarkClient } from './postmarkClient.ts';
import { toDomain, wireDomain, wireDomainFlags } from './postmarkDomain.ts';
import { absentWhenGone } from './postmarkFault.ts';
import { findPaged, pageMax } from './postmarkPaging.ts';

const wireDomains = z.object({ TotalCount: z.int().nonnegative(), Domains: z.array(wireDomainFlags) });
const wireDone = z.object({ ErrorCode: z.literal(0) });

export function postmarkDomains(client: PostmarkClient, accountToken: string): DomainDirectory {
  const page = async (offset: number) => {
    const run: Run = (account) => account.getDomains({ count: pageMax, offset });
    const { TotalCount, Domains } = await client.account(accountToken, { operation: 'GET /domains', answer: wireDomains, run });
    return { total: TotalCount, items: Domains };
  };
  const domain = async (operation: string, run: Run): Promise<ProviderDomain> =>
    toDomain(operation, await client.account(accountToken, { operation, answer: wireDomain, run }));

  return {
    createDomain: (name, returnPathDomain) =>
      domain('POST /domains', (account) => account.createDomain({ Name: name, ReturnPathDomain: returnPathDomain })),

    async findDomainByName(name) {
      // The list has no name filter and no keys: page through the flags, then read the one that matters.
      const found = await findPaged(page, (each) => each.name === name);
      return found === null ? null : domain('GET /domains/{id}', (account) => account.getDomain(found.domainId));
    },

    verifyDkim: (domainId) => domain('PUT /domains/{id}/verifyDkim', (account) => account.verifyDomainDKIM(domainId)),

    verifyReturnPath: (domainId) => domain('PUT /domains/{id}/verifyReturnPath', (account) => account.verifyDomainReturnPath(domainId)),

    deleteDomain: (domainId) =>
      absentWhenGone(domainGone, () =>
        client.account(accountToken, {
          operation: 'DELETE /domains/{id}',
          answer: wireDone,
          run: (account) => account.deleteDomain(domainId),
        }),
      ),

    async listDomains(offset) {
      const { total, items } = await page(offset);
      return { total, domains: items };
    },
  };
}

type Run = PostmarkCall<AccountClient, z.ZodType>['run'];

/** "Not found" comes as 404, as 422/510 and, seen in the wild, as 422 and 500 with ErrorCode 501. */
const domainGone = (fault: PortFault): boolean =>
  fault.detail.httpStatus === 404 || fault.detail.code === '510' || fault.detail.code === '501';
