/**
 * Postmark's Servers API, with the account token: it can read every server's token, so it stays in this closure and the one of `postmarkDomains`.
 * Nothing here repeats a call. POST has no idempotency key: after an unknown outcome the caller looks by name and adopts.
 */
import { z } from 'zod';
import type { PortFault } from '../core/portFault.ts';
import type { ProviderServer, ServerDirectory } from './ports.ts';
import type { PostmarkClient } from './postmarkClient.ts';
import { absentWhenGone } from './postmarkFault.ts';
import { findPaged, pageMax } from './postmarkPaging.ts';

export const wireServer = z
  .object({ ID: z.int().positive(), Name: z.string().min(1), ApiTokens: z.array(z.string().min(1)) })
  .transform((server) => ({ serverId: server.ID, name: server.Name, tokens: server.ApiTokens }));
const wireServers = z.object({ TotalCount: z.int().nonnegative(), Servers: z.array(wireServer) });
const wireDone = z.object({ ErrorCode: z.literal(0) });

export function postmarkServers(client: PostmarkClient, accountToken: string): ServerDirectory {
  const page = (offset: number, name?: string) =>
    client.account(accountToken, {
      operation: 'GET /servers',
      answer: wireServers,
      run: (account) => account.getServers({ count: pageMax, offset, ...(name === undefined ? {} : { name }) }),
    });

  return {
    createServer: (name) =>
      client.account(accountToken, {
        operation: 'POST /servers',
        answer: wireServer,
        run: (account) => account.createServer({ Name: name }),
      }),

    findServerByName: (name) =>
      findPaged(
        async (offset) => {
          // Postmark's filter matches any part of a name, so the exact match may stand on a later page.
          const { TotalCount, Servers } = await page(offset, name);
          return { total: TotalCount, items: Servers };
        },
        (server) => server.name === name,
      ),

    async findServersByPrefix(prefix) {
      const found: ProviderServer[] = [];
      for (let offset = 0; ; offset += pageMax) {
        const { TotalCount, Servers } = await page(offset, prefix);
        found.push(...Servers.filter(({ name }) => name.startsWith(prefix)));
        if (Servers.length === 0 || offset + pageMax >= TotalCount) return found;
      }
    },

    async renameServer(serverId, name) {
      const operation = 'PUT /servers/{id}';
      await client.account(accountToken, { operation, answer: wireServer, run: (account) => account.editServer(serverId, { Name: name }) });
    },

    deleteServer: (serverId) =>
      absentWhenGone(serverGone, () =>
        client.account(accountToken, {
          operation: 'DELETE /servers/{id}',
          answer: wireDone,
          run: (account) => account.deleteServer(serverId),
        }),
      ),

    async listServers(offset) {
      const { TotalCount, Servers } = await page(offset);
      return { total: TotalCount, servers: Servers };
    },
  };
}

/** How Postmark says that a server is not there is not documented for this call; 601 is its word for it elsewhere. */
export const serverGone = (fault: PortFault): boolean => fault.detail.httpStatus === 404 || fault.refusedWith(601);
