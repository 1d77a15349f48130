/** The check between our suppression entries and the list of a tenant's server, both already compared (core/job/suppressionSweep.ts). */
import type { SweepPlan } from '../job/suppressionSweep.ts';
import type { DriftTag, Finding } from './findings.ts';

export type ExpectedList = { tenantId: string; eId: string; serverId: number; keyVersionId: string | null };

/** As many recipients are shown; the count says how many there are. */
const shownMax = 20;

/** `apart`: what would make the two say the same. One finding for each side that says more than the other. */
export const checkSuppressions = (expected: ExpectedList, apart: SweepPlan): Finding[] => {
  const onlyHere = [...apart.suppress, ...apart.release];
  const onlyThere = [...apart.open.map(({ recipient }) => recipient), ...apart.unsuppress];
  return [
    ...finding('email.drift.suppression_only_here', expected, onlyHere),
    ...finding('email.drift.suppression_only_at_postmark', expected, onlyThere),
  ];
};

const finding = (tag: DriftTag, { tenantId, eId, serverId, keyVersionId }: ExpectedList, recipients: readonly string[]): Finding[] =>
  recipients.length === 0
    ? []
    : [
        {
          tag,
          subject: eId,
          class: 'diverged',
          tenantId,
          quietUntil: null,
          context: { eId, postmarkServerId: serverId, keyVersionId, recordName: null },
          evidence: { count: recipients.length, recipients: recipients.toSorted().slice(0, shownMax) },
        },
      ];
