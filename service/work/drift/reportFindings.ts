/**
 * Tells Sentry of each finding that is open, not quiet and not told: one event for each opening.
 *
 * Marked once Sentry has taken them: what it did not take is told by the next run. After a crash in between they are told again, and the fingerprint keeps
 * them one issue.
 */
import { type DriftTag, lastPartOf } from '../../core/drift/findings.ts';
import type { Incident } from '../../ports/ports.ts';
import { markReported, type UnreportedFinding, unreportedFindings } from '../../store/driftFindings.ts';
import type { DriftContext } from './driftContext.ts';

/** Sentry's client keeps 64 events on their way, and drops what comes beyond. */
const atOnce = 30;
const first = { openedAt: new Date(0), id: '00000000-0000-0000-0000-000000000000' };

/** What costs nobody a message that should have been sent. */
const warnings: ReadonlySet<DriftTag> = new Set([
  'email.drift.postmark_orphan_server',
  'email.drift.suppression_only_here',
  'email.drift.suppression_only_at_postmark',
]);

export const incidentOf = ({ tag, subject, context }: UnreportedFinding): Incident => ({
  message: tag,
  level: warnings.has(tag) ? 'warning' : 'error',
  fingerprint: [tag, subject],
  tags: { 'email.drift': lastPartOf(tag) },
  context,
});

export const reportFindings = async ({ db, now, ports, observe, stopping }: DriftContext): Promise<void> => {
  for (let after = first; !stopping.aborted; ) {
    const findings = await unreportedFindings(db, after, atOnce);
    const last = findings.at(-1);
    if (last === undefined) return;
    const told = await Promise.all(
      findings.map(async (finding) => ((await ports.incidents.deliver(incidentOf(finding))) === 'delivered' ? finding.id : null)),
    );
    const ids = told.filter((id) => id !== null);
    await markReported(db, ids, now());
    if (ids.length < findings.length)
      return observe.trouble('drift report', new Error(`Sentry did not take ${findings.length - ids.length} finding(s)`));
    after = last;
  }
};
