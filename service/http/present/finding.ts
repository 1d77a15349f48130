/** A finding as it is shown, with the one command that would mend it. */
import type { DriftTag } from '../../core/drift/findings.ts';
import type { ShownFinding } from '../../store/driftReads.ts';
import { basePath } from '../basePath.ts';
import type { FindingRecord } from '../schemas/drift.ts';

type Fix = FindingRecord['fix'];

/** The plan's id says what it was made of, so it has to be read first. */
const apply = `POST ${basePath}/drift/plan/{id}/apply`;
const byPlan = (text: string): Fix => ({ text: `${text} GET ${basePath}/drift/plan shows it.`, command: apply });

const hasOrphanedName = ({ evidence }: ShownFinding): string => String(evidence['serverName'] ?? 'it');

const fixes: { readonly [tag in DriftTag]: (finding: ShownFinding) => Fix } = {
  'email.drift.postmark_orphan_db_row': () =>
    byPlan('Its server is gone from Postmark, and nothing is sent: a plan makes another under the name and puts it in its place.'),
  'email.drift.postmark_orphan_server': (finding) =>
    byPlan(
      `No configuration names ${hasOrphanedName(finding)}: a plan renames it out of the way, or has the configuration that failed because of it adopt it.`,
    ),
  'email.drift.registry_missing_key': () => ({
    text: 'Its secrets cannot be opened: put the key version back into the material registry, then refresh. A plan can seal them anew from what Postmark shows.',
    command: `POST ${basePath}/material/refresh`,
  }),
  'email.drift.dns_dkim_mismatch': () => byPlan('A plan writes the DKIM record again as the configuration has it.'),
  'email.drift.dns_return_path_mismatch': () => byPlan('A plan writes the Return-Path record again as the configuration has it.'),
  'email.drift.suppression_only_here': () => byPlan('We refuse recipients that Postmark does not: a plan makes both lists say the same.'),
  'email.drift.suppression_only_at_postmark': () =>
    byPlan('Postmark refuses recipients that we do not: a plan makes both lists say the same.'),
  'email.drift.webhook_mismatch': () => byPlan('Callbacks are lost or go elsewhere: a plan installs the webhook as it should be.'),
  'email.drift.server_settings_mismatch': () => byPlan('The server was changed at Postmark: a plan gives it its name again.'),
};

export const presentFinding = (finding: ShownFinding): FindingRecord => {
  const fix = fixes[finding.tag](finding);
  // One that has closed needs nothing, and one that is quiet closes by itself.
  const text =
    finding.resolvedAt !== null ? 'It is mended.' : finding.quietUntil !== null ? 'Wait: our own change is still propagating.' : fix.text;
  return { ...finding, open: finding.resolvedAt === null, fix: { ...fix, text } };
};
