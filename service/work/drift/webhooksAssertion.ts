/** drift.webhooks: the webhook of each server against the one that we would install, and what the account's list says of the server's name and type. */
import { sendingDomainOf } from '../../core/configuration/names.ts';
import { present } from '../../core/drift/observed.ts';
import { checkSettings, checkWebhook, type ExpectedWebhook } from '../../core/drift/webhookChecks.ts';
import type { SecretPair } from '../../core/material/secretPair.ts';
import type { ListedServer } from '../../ports/ports.ts';
import { countTokenRows, rowsOfServers, type TokenRow } from '../../store/driftTokenRows.ts';
import { webhookHeadersOf, webhookUrlOf } from '../webhookCredential.ts';
import type { Assertion } from './assertion.ts';
import type { DriftContext } from './driftContext.ts';
import { eachServer, firstId } from './eachServer.ts';
import type { FindingBook } from './findingBook.ts';
import type { SharedReadings } from './serverListing.ts';

const both = ({ current, previous }: SecretPair): string[] => (previous === null ? [current] : [current, previous]);

export const expectedWebhook = (ctx: DriftContext, row: TokenRow): ExpectedWebhook => {
  const { tenantId, eId, serverId, keyVersionId } = row;
  const routingToken = ctx.keyring.open(eId, 'routing-token', row.routingToken);
  const headers = both(ctx.credentials.apiKeys()).flatMap((apiKey) =>
    both(ctx.credentials.signingKeys()).map((signingKey) => webhookHeadersOf({ apiKey, signingKey }, routingToken, serverId)),
  );
  return {
    tenantId,
    eId,
    serverId,
    keyVersionId,
    url: webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken),
    authorizations: headers.map(({ authorization }) => authorization),
    signatures: headers.map(({ signature }) => signature),
  };
};

const judgeSettings = async (ctx: DriftContext, book: FindingBook, servers: readonly ListedServer[]): Promise<void> => {
  const listed = new Map(servers.map((server) => [server.serverId, server]));
  const rows = await rowsOfServers(ctx.db, [...listed.keys()]);
  for (const row of rows) {
    const server = listed.get(row.serverId);
    if (server === undefined) continue;
    const finding = checkSettings({ ...row, sendingDomain: sendingDomainOf(row.slug, ctx.settings.mailZoneName) }, present(server));
    if (finding !== null) await book.found(finding, row);
  }
};

export const webhooksAssertion = ({ servers }: SharedReadings): Assertion => {
  let doneUpTo = firstId;
  return {
    async judge(ctx, book) {
      await judgeSettings(ctx, book, (await servers(book)).odd);
      await eachServer(
        ctx,
        book,
        async (row, token) => {
          const expected = expectedWebhook(ctx, row);
          const finding = checkWebhook(expected, present(await ctx.ports.webhooks.listWebhooks(token)));
          if (finding !== null) await book.found(finding, row);
        },
        (eId) => {
          doneUpTo = eId;
        },
      );
    },
    countUnjudged: ({ db }) => countTokenRows(db, doneUpTo),
  };
};
