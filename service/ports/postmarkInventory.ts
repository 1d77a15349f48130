/** Postmark's servers as a whole, with the account token: every page of the list reveals every server's token, and none leaves this file. */
import { z } from 'zod';
import { PortFault } from '../core/portFault.ts';
import type { ServerInventory } from './ports.ts';
import type { PostmarkClient } from './postmarkClient.ts';
import { pageMax } from './postmarkPaging.ts';
import { serverGone, wireServer } from './postmarkServers.ts';

const listed = z
  .object({ ID: z.int().positive(), Name: z.string().min(1), DeliveryType: z.string() })
  .transform((server) => ({ serverId: server.ID, name: server.Name, deliveryType: server.DeliveryType }));
const wireFound = wireServer.and(listed);
const wireList = z.object({ TotalCount: z.int().nonnegative(), Servers: z.array(listed) });

export const postmarkInventory = (client: PostmarkClient, accountToken: string): ServerInventory => ({
  async listServers(offset) {
    const { TotalCount, Servers } = await client.account(accountToken, {
      operation: 'GET /servers',
      answer: wireList,
      run: (account) => account.getServers({ count: pageMax, offset }),
    });
    return { total: TotalCount, servers: Servers };
  },

  async findServer(serverId) {
    try {
      return await client.account(accountToken, {
        operation: 'GET /servers/{id}',
        answer: wireFound,
        run: (account) => account.getServer(serverId),
      });
    } catch (error) {
      if (error instanceof PortFault && serverGone(error)) return null;
      throw error;
    }
  },
});
