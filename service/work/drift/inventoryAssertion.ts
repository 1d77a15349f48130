/**
 * drift.postmarkInventory: rows against the servers of the account, in both directions. The list is read once, 500 a page; each page asks our rows whose it
 * is. What is kept of 100,000 servers is their ids.
 *
 * The list has a page and an offset, and no cursor: what is removed while it is read moves what follows, and may hide it. So a server that was not listed
 * is looked for by its id before its row is called an orphan; where too many are missing for that, the list must have been the same from page to page.
 */
import { ownServerPrefixOf } from '../../core/configuration/names.ts';
import { absent, type Observed, present } from '../../core/drift/observed.ts';
import { checkRowsServer, checkServersRow, type ObservedServer } from '../../core/drift/serverChecks.ts';
import { PortFault } from '../../core/portFault.ts';
import type { ListedServer } from '../../ports/ports.ts';
import { openSubjects } from '../../store/driftFindings.ts';
import { countServerRows, type ServerRow, slugsInTheMaking, unlistedRows, unownedServers } from '../../store/driftServerRows.ts';
import type { Assertion } from './assertion.ts';
import type { DriftContext } from './driftContext.ts';
import type { FindingBook } from './findingBook.ts';
import type { ServerListing, SharedReadings } from './serverListing.ts';

/** Ids in one question to the database. */
const idsMax = 5000;
/** Looks by id in one run: at two calls a second, not half a minute. */
const looksMax = 50;

/** Asked again of what a row may have taken since its page was read, and of what is being made: a server is there before its row knows its id. */
const judgeServers = async ({ db, settings }: DriftContext, book: FindingBook, unowned: readonly ListedServer[]): Promise<void> => {
  const prefix = ownServerPrefixOf(settings.mailZoneName);
  const slugOf = ({ name }: ListedServer): string => name.slice(prefix.length).toLowerCase();
  for (let at = 0; at < unowned.length; at += idsMax) {
    const part = unowned.slice(at, at + idsMax);
    const making = await slugsInTheMaking(db, part.map(slugOf));
    const stillUnowned = await unownedServers(
      db,
      part.map(({ serverId }) => serverId),
    );
    const moving = part.filter((server) => making.has(slugOf(server)));
    await book.skip(moving.map(({ serverId }) => String(serverId)));
    for (const server of part) {
      if (making.has(slugOf(server))) continue;
      const finding = checkServersRow(server, stillUnowned.has(server.serverId) ? absent : present(true));
      if (finding !== null) await book.found(finding, null);
    }
  }
};

const judgeRows = async (ctx: DriftContext, book: FindingBook, listing: ServerListing): Promise<void> => {
  let looksLeft = looksMax;
  const isThere = async (row: ServerRow, isOpen: boolean): Promise<Observed<ObservedServer>> => {
    if (isOpen && listing.isSteady) return absent;
    if (looksLeft === 0) return listing.isSteady ? absent : { kind: 'unreachable', reason: 'the list changed while it was read' };
    looksLeft -= 1;
    return look(ctx, row.serverId);
  };
  const ids = Float64Array.from(listing.ids).sort();
  for (let at = 0; at <= ids.length; at += idsMax) {
    const part = [...ids.subarray(at, at + idsMax)];
    const upTo = at + idsMax < ids.length ? (part.at(-1) ?? null) : null;
    const unlisted = await unlistedRows(ctx.db, { after: at === 0 ? 0 : (ids[at - 1] ?? 0), upTo }, part);
    const open = await openSubjects(
      ctx.db,
      'email.drift.postmark_orphan_db_row',
      unlisted.map(({ eId }) => eId),
    );
    const unseen: string[] = [];
    for (const row of unlisted) {
      const observed = await isThere(row, open.has(row.eId));
      if (observed.kind === 'unreachable') unseen.push(row.eId);
      const finding = checkRowsServer(row, observed);
      if (finding !== null) await book.found(finding, row);
    }
    await book.skip(unseen);
    if (upTo === null) return;
  }
};

const look = async ({ ports }: DriftContext, serverId: number): Promise<Observed<ObservedServer>> => {
  try {
    const server = await ports.inventory.findServer(serverId);
    return server === null ? absent : present(server);
  } catch (error) {
    if (!(error instanceof PortFault)) throw error;
    return { kind: 'unreachable', reason: error.message };
  }
};

export const inventoryAssertion = ({ servers }: SharedReadings): Assertion => ({
  countUnjudged: ({ db }) => countServerRows(db),

  async judge(ctx, book) {
    const listing = await servers(book);
    book.foreign = listing.foreign;
    await judgeServers(ctx, book, listing.unowned);
    await judgeRows(ctx, book, listing);
  },
});
