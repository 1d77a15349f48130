/** A finding as it is shown, with the one command that would mend it. */
import type { DriftTag } from '../../core/drift/findings.ts';
import type { ShownFinding } from '../../store/driftReads.ts';
import { basePath } from '../basePath.ts';
import type { FindingRecord } from '../schemas/drift.ts';

type Fix = FindingRecord['fix'];

const planCommand = `POST ${basePath}/drift/plan/{id}/apply`;

const fixes: { readonly [tag in DriftTag]: (finding: ShownFinding) => Fix } = {
  'email.drift.postmark_orphan_db_row': () => ({ text: 'Its server is gone.', command: planCommand }),
  'email.drift.postmark_orphan_server': () => ({ text: 'No row names it.', command: planCommand }),
  'email.drift.registry_missing_key': () => ({
    text: 'Put the key version back into the registry.',
    command: `POST ${basePath}/material/refresh`,
  }),
  'email.drift.dns_dkim_mismatch': () => ({ text: 'Write the record again.', command: planCommand }),
  'email.drift.dns_return_path_mismatch': () => ({ text: 'Write the record again.', command: planCommand }),
  'email.drift.suppression_only_here': () => ({ text: 'x', command: planCommand }),
  'email.drift.suppression_only_at_postmark': () => ({ text: 'x', command: planCommand }),
  'email.drift.webhook_mismatch': () => ({ text: 'x', command: planCommand }),
  'email.drift.server_settings_mismatch': () => ({ text: 'x', command: planCommand }),
};

export const presentFinding = (finding: ShownFinding): FindingRecord => ({
  ...finding,
  open: finding.resolvedAt === null,
  fix: fixes[finding.tag](finding),
});
