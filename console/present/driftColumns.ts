/** Assertions and findings as rows. */
import type { Speaker } from '../speaker.ts';
import type { AssertionResult, DriftFinding } from '../wire.ts';
import { asTyped } from './asTyped.ts';
import { factsText } from './factsText.ts';
import { moment } from './moment.ts';
import type { Column } from './table.ts';

export const assertionColumns = (speak: Speaker): Column<AssertionResult>[] => [
  { head: 'ASSERTION', of: ({ name }) => name },
  {
    head: 'OUTCOME',
    of: ({ outcome }) => outcome,
    paint: (padded, { outcome }) => speak.style(outcome === 'completed' ? 'green' : 'red', padded),
  },
  { head: 'FINDINGS', of: ({ findings }) => String(findings) },
  { head: 'OPENED', of: ({ opened }) => String(opened) },
  { head: 'RESOLVED', of: ({ resolved }) => String(resolved) },
  { head: 'SKIPPED', of: ({ skipped }) => String(skipped) },
  { head: 'FOREIGN', of: ({ foreign }) => (foreign === null ? '–' : String(foreign)) },
  { head: 'REASON', of: ({ reason }) => reason ?? '' },
];

export const findingColumns = (speak: Speaker): Column<DriftFinding>[] => [
  {
    head: 'TAG',
    of: ({ tag }) => tag.replace(/^email\.drift\./, ''),
    paint: (padded, { open }) => speak.style(open ? 'red' : 'dim', padded),
  },
  { head: 'CLASS', of: (finding) => finding.class },
  { head: 'SUBJECT', of: ({ subject }) => subject },
  { head: 'OPENED', of: ({ openedAt }) => moment(openedAt) },
  { head: 'QUIET UNTIL', of: ({ quietUntil }) => moment(quietUntil) },
  { head: 'RESOLVED', of: ({ resolvedAt }) => moment(resolvedAt) },
  { head: 'EVIDENCE', of: ({ evidence }) => factsText(evidence) },
  { head: 'WHAT MENDS IT', of: ({ fix }) => `${fix.text} ${asTyped(fix.command)}` },
];
