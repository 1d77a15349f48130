/**
 * Takes over another token of a server, made by a person at Postmark (no call makes or withdraws one), so that the first can be deleted there.
 *
 * Reads the list of servers page by page, never one call per tenant. A token is used only after Postmark has answered a call with it. Idempotent: the
 * old one is noted as replaced before the new one is stored, so that whatever happens in between, a token that was replaced is not taken back while both
 * are listed. A list that cannot be read changes nothing.
 */
import { createHash } from 'node:crypto';
import { tokenToUse } from '../../core/material/serverToken.ts';
import { PortFault } from '../../core/portFault.ts';
import type { ProviderServer } from '../../ports/ports.ts';
import { tryWithLock } from '../../store/advisoryLocks.ts';
import {
  forgetReplacedTokens,
  hasServerTokens,
  noteReplacedToken,
  type TokenedServer,
  tokenedServers,
} from '../../store/replacedServerTokens.ts';
import { takeTurn } from '../../store/turns.ts';
import { apply } from '../apply.ts';
import { openServerToken } from '../serverToken.ts';
import type { WorkContext } from '../workContext.ts';

const pageMax = 500;
const author = 'postroute';

const hashOf = (token: string): string => createHash('sha256').update(token.toLowerCase()).digest('hex');

/** One look at all servers; answers how many tokens were replaced, null when another replica looks. */
export const takeOverServerTokens = (ctx: WorkContext): Promise<number | null> =>
  tryWithLock(ctx.db, 'postroute:server-tokens', async () => {
    let replaced = 0;
    for (let offset = 0; !ctx.stopping.aborted; offset += pageMax) {
      const { total, servers } = await ctx.ports.servers.listServers(offset);
      replaced += await lookAtPage(ctx, servers);
      if (servers.length === 0 || offset + pageMax >= total) break;
    }
    return replaced;
  });

const lookAtPage = async (ctx: WorkContext, servers: readonly ProviderServer[]): Promise<number> => {
  const tokensOf = new Map(servers.map(({ serverId, tokens }) => [serverId, tokens]));
  let replaced = 0;
  for (const server of await tokenedServers(ctx.db, [...tokensOf.keys()])) {
    try {
      if (await lookAt(ctx, server, tokensOf.get(server.serverId) ?? [])) replaced += 1;
    } catch (error) {
      ctx.observe.trouble('server token', error);
    }
  }
  return replaced;
};

const lookAt = async (ctx: WorkContext, server: TokenedServer, listed: readonly string[]): Promise<boolean> => {
  const opened = openServerToken(ctx.keyring, server);
  if (opened.kind === 'closed') return false;
  const hashes = listed.map(hashOf);
  if (server.replacedHashes.some((hash) => !hashes.includes(hash))) await forgetReplacedTokens(ctx.db, server, hashes);
  const choice = tokenToUse(opened.token, listed, (token) => server.replacedHashes.includes(hashOf(token)));
  if (choice.kind === 'keep' || !(await works(ctx, choice.token))) return false;
  await noteReplacedToken(ctx.db, server, hashOf(opened.token), ctx.now());
  const serverToken = ctx.keyring.seal(server.eId, 'server-token', choice.token);
  const { currentKeyVersionId } = ctx.keyring.status();
  if (currentKeyVersionId === null) return false;
  const event = {
    type: 'ServerTokenReplaced',
    keyVersionId: currentKeyVersionId,
    serverToken,
    serverTokenBefore: server.serverToken,
  } as const;
  const told = await apply(ctx, { tenantId: server.tenantId, eId: server.eId, event, caller: { author, requestId: 'server-tokens' } });
  if (told.kind !== 'changed') return false;
  ctx.observe.serverTokenReplaced(server.eId, choice.why);
  return true;
};

/** Any read with the server's token would do. */
const works = async (ctx: WorkContext, token: string): Promise<boolean> => {
  try {
    await ctx.ports.fleetWebhooks.listWebhooks(token);
    return true;
  } catch (error) {
    if (error instanceof PortFault && error.class === 'refused') return false;
    throw error;
  }
};

/** Dropped by whoever wants a look before its time. */
export const serverTokenTurn = 'server-tokens';
const minuteMs = 60_000;

/** For a loop: one replica looks in each interval, whichever comes first, and sooner when a rotation asked for it. */
export const serverTokenRound = (ctx: WorkContext, intervalMinutes: number) => async (): Promise<number> => {
  const now = ctx.now();
  const turn = await takeTurn(ctx.db, serverTokenTurn, now, new Date(now.getTime() - intervalMinutes * minuteMs));
  if (turn.kind === 'ours' && (await hasServerTokens(ctx.db))) await takeOverServerTokens(ctx);
  return 0;
};
