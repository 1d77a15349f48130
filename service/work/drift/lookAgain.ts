/**
 * One finding held against the outside once more, by itself: a few calls. Before anything is corrected the world must still be as the plan saw it. Throws a
 * `PortFault` or `Unobserved` where it cannot be seen.
 */
import { ownServerPrefixOf, sendingDomainOf } from '../../core/configuration/names.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import type { DriftTag, Finding, SeenFinding } from '../../core/drift/findings.ts';
import { checkKeys } from '../../core/drift/keyChecks.ts';
import { absent, present } from '../../core/drift/observed.ts';
import { checkDkim, checkReturnPath } from '../../core/drift/recordChecks.ts';
import { checkRowsServer, checkServersRow, isOfThisPartition } from '../../core/drift/serverChecks.ts';
import { checkSuppressions } from '../../core/drift/suppressionChecks.ts';
import { checkSettings, checkWebhook } from '../../core/drift/webhookChecks.ts';
import { findConfiguration } from '../../store/configurations.ts';
import { keysOfRow } from '../../store/driftKeyRows.ts';
import { unownedServers } from '../../store/driftServerRows.ts';
import { tokenRow } from '../../store/driftTokenRows.ts';
import { openServerToken } from '../serverToken.ts';
import { suppressionsApart } from '../suppressionSweep.ts';
import type { DriftContext } from './driftContext.ts';
import { documentedKeys } from './registryAssertion.ts';
import { Unobserved } from './unobserved.ts';
import { expectedWebhook } from './webhooksAssertion.ts';

/** Null where nothing is wrong any more. */
type Look = (ctx: DriftContext, c: Configuration) => Promise<Finding | null>;

const recordLook =
  (check: typeof checkDkim, type: 'TXT' | 'CNAME', of: (c: Configuration) => { name: string | null; value: string | null }): Look =>
  async ({ ports, settings, now }, c) => {
    const { name, value } = of(c);
    if (name === null || value === null || c.recordsWrittenAt === null) return null;
    const { records } = await ports.zone.listRecords(settings.zoneId, { name, type });
    const seen = records.find((record) => record.name === name.toLowerCase() && record.type === type);
    return check({ ...c, name, value, writtenAt: c.recordsWrittenAt }, seen === undefined ? absent : present(seen), now());
  };

const serverLook: Look = async ({ ports }, c) => {
  if (c.serverId === null || c.serverName === null) return null;
  const server = await ports.inventory.findServer(c.serverId);
  return checkRowsServer({ ...c, serverId: c.serverId, serverName: c.serverName }, server === null ? absent : present(server));
};

const settingsLook: Look = async ({ ports, settings }, c) => {
  const server = c.serverId === null ? null : await ports.inventory.findServer(c.serverId);
  const sendingDomain = sendingDomainOf(c.sendingDomainSlug, settings.mailZoneName);
  return server === null ? null : checkSettings({ ...c, sendingDomain }, present(server));
};

const keyLook: Look = async ({ db, keyring }, c) => {
  const observed = documentedKeys(keyring);
  if (observed.kind === 'unreachable') throw new Unobserved(observed.reason);
  return checkKeys({ ...c, keyVersionIds: await keysOfRow(db, c) }, observed);
};

const webhookLook: Look = async (ctx, c) => {
  const { token, row } = await opened(ctx, c);
  return checkWebhook(expectedWebhook(ctx, row), present(await ctx.ports.webhooks.listWebhooks(token)));
};

const suppressionLook =
  (tag: DriftTag): Look =>
  async (ctx, c) => {
    const { token, row } = await opened(ctx, c);
    const apart = await suppressionsApart({ ...ctx, mail: ctx.ports.mail }, row, token);
    return checkSuppressions(row, apart).find((finding) => finding.tag === tag) ?? null;
  };

const opened = async ({ db, keyring }: DriftContext, c: Configuration) => {
  const row = await tokenRow(db, c);
  if (row === null) throw new Unobserved(`configuration ${c.eId} holds no server to ask`);
  const token = openServerToken(keyring, row);
  if (token.kind === 'closed') throw new Unobserved(token.why);
  return { row, token: token.token };
};

type RowTag = Exclude<DriftTag, 'email.drift.postmark_orphan_server'>;

const looks: { readonly [tag in RowTag]: Look } = {
  'email.drift.postmark_orphan_db_row': serverLook,
  'email.drift.registry_missing_key': keyLook,
  'email.drift.dns_dkim_mismatch': recordLook(checkDkim, 'TXT', ({ dkimName: name, dkimValue: value }) => ({ name, value })),
  'email.drift.dns_return_path_mismatch': recordLook(checkReturnPath, 'CNAME', ({ returnPathName: name, returnPathValue: value }) => ({
    name,
    value,
  })),
  'email.drift.suppression_only_here': suppressionLook('email.drift.suppression_only_here'),
  'email.drift.suppression_only_at_postmark': suppressionLook('email.drift.suppression_only_at_postmark'),
  'email.drift.webhook_mismatch': webhookLook,
  'email.drift.server_settings_mismatch': settingsLook,
};

const orphanServer = async ({ db, ports, settings }: DriftContext, subject: string): Promise<Finding | null> => {
  const server = await ports.inventory.findServer(Number(subject));
  if (server === null || !isOfThisPartition(server.name, ownServerPrefixOf(settings.mailZoneName))) return null;
  const unowned = await unownedServers(db, [server.serverId]);
  return checkServersRow(server, unowned.has(server.serverId) ? absent : present(true));
};

export const lookAgain = async (ctx: DriftContext, finding: SeenFinding, tenantId: string | null): Promise<Finding | null> => {
  const { tag, subject } = finding;
  if (tag === 'email.drift.postmark_orphan_server') return orphanServer(ctx, subject);
  const configuration = tenantId === null ? null : await findConfiguration(ctx.db, tenantId, subject);
  return configuration === null ? null : looks[tag](ctx, configuration);
};

/** Whether it is the very same discrepancy: what was seen then is what is seen now. */
export const isSame = (before: Pick<Finding, 'class' | 'evidence'>, now: Finding | null): boolean =>
  now !== null && now.class === before.class && written(now.evidence) === written(before.evidence);

const written = (evidence: Finding['evidence']): string =>
  JSON.stringify(Object.entries(evidence).toSorted(([a], [b]) => (a < b ? -1 : 1)));
