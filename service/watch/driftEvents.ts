/** Log lines of `email.drift.*` */
import { logEvent } from './logEvent.ts';

const run = {
  assertion: 'postmarkInventory, registry or dns',
  outcome: 'of the assertion',
  findings: 'open after it',
  opened: 'findings, or opened again',
  resolved: 'findings that the world agrees with again',
  skipped: 'subjects that could not be observed, and were not judged',
  foreign: 'servers of the account that are not of this partition; null where none are read',
  listCalls: 'calls for pages of lists',
  reason: 'why it was not completed; null when it was',
};

export const driftEvents = {
  opened: logEvent(
    'email.drift.finding',
    'warn',
    'A finding opened, or opened again; Sentry is told the same',
    { tag: 'of the finding' },
    ({ tag }) => `drift: ${tag} opened`,
  ),
  corrected: logEvent(
    'email.drift.correction',
    'info',
    'A correction of an accepted plan was carried out, or was not',
    { kind: 'of the correction', outcome: 'what came of it' },
    ({ kind, outcome }) => `drift: ${kind} ${outcome}`,
  ),
  completed: logEvent(
    'email.drift.run',
    'info',
    'An assertion looked at everything it compares',
    run,
    ({ assertion, outcome, findings, skipped }) => `drift.${assertion} ${outcome}: ${findings} finding(s), ${skipped} not judged`,
  ),
  notCompleted: logEvent(
    'email.drift.run_not_completed',
    'warn',
    'An assertion could not look at all it compares: what it did not see it neither opens nor closes',
    run,
    ({ assertion, outcome, reason }) => `drift.${assertion} ${outcome}: ${reason}`,
  ),
};
