/**
 * The account's server list, read once in a run for whoever asks: 500 a page, and each page asks our rows whose it is. What is kept of 100,000 servers is
 * their ids, and those that are out of the ordinary.
 */
import { ownServerPrefixOf } from '../../core/configuration/names.ts';
import { isOfThisPartition } from '../../core/drift/serverChecks.ts';
import type { ListedServer } from '../../ports/ports.ts';
import { renamedServers, unownedServers } from '../../store/driftServerRows.ts';
import type { DriftContext } from './driftContext.ts';
import type { FindingBook } from './findingBook.ts';
import { readPages } from './readPages.ts';

const pageMax = 500;
/** What `createServer` makes; the other type takes every message and delivers none. */
const usualType = 'Live';

export type ServerListing = {
  ids: ReadonlySet<number>;
  /** Under our own prefix, and named by no row when their page was read. */
  unowned: readonly ListedServer[];
  foreign: number;
  /** Of ours, those whose name or type is another than we gave them; empty when nobody asks for it. */
  odd: readonly ListedServer[];
  /** Nothing came or went while the list was read, as far as its totals say. */
  isSteady: boolean;
};

type Page = { total: number; servers: ListedServer[] };

const listServers = async (
  { db, ports, settings, stopping }: DriftContext,
  book: FindingBook,
  withSettings: boolean,
): Promise<ServerListing> => {
  const read = async (offset: number) => {
    const { total, servers } = await ports.inventory.listServers(offset);
    const next = servers.length > 0 && offset + pageMax < total ? offset + pageMax : null;
    return { items: [{ total, servers }], next };
  };
  const onCall = (): void => {
    book.listCalls += 1;
  };
  const prefix = ownServerPrefixOf(settings.mailZoneName);
  const ids = new Set<number>();
  const totals = new Set<number>();
  const unowned: ListedServer[] = [];
  const odd: ListedServer[] = [];
  let foreign = 0;
  for await (const [page] of readPages<Page, number>(read, 0, { onCall, stopping })) {
    if (page === undefined) continue;
    totals.add(page.total);
    const fresh = page.servers.filter(({ serverId }) => !ids.has(serverId));
    const freshIds = fresh.map(({ serverId }) => serverId);
    for (const id of freshIds) ids.add(id);
    if (withSettings) odd.push(...(await oddOf(db, fresh)));
    const unownedIds = await unownedServers(db, freshIds);
    for (const server of fresh) {
      if (!unownedIds.has(server.serverId)) continue;
      if (isOfThisPartition(server.name, prefix)) unowned.push(server);
      else foreign += 1;
    }
  }
  return { ids, unowned, foreign, odd, isSteady: totals.size === 1 && totals.has(ids.size) };
};

const oddOf = async (db: DriftContext['db'], servers: readonly ListedServer[]): Promise<ListedServer[]> => {
  const renamed = await renamedServers(db, servers);
  return servers.filter(({ serverId, deliveryType }) => renamed.has(serverId) || deliveryType !== usualType);
};

/** What several assertions of one run need is read for the first that asks; its book has the calls. */
export type SharedReadings = { servers(book: FindingBook): Promise<ServerListing> };

export const sharedReadings = (ctx: DriftContext, withSettings: boolean): SharedReadings => {
  let listing: Promise<ServerListing> | null = null;
  return {
    servers(book) {
      listing ??= listServers(ctx, book, withSettings);
      return listing;
    },
  };
};
