/** Corrections, and what none of them mends, as rows. */
import type { DriftPlan } from '../wire.ts';
import type { Column } from './table.ts';

const shortTag = (tag: string): string => tag.replace(/^email\.drift\./, '');

export const correctionColumns: readonly Column<DriftPlan['corrections'][number]>[] = [
  { head: 'CORRECTION', of: ({ kind }) => kind },
  { head: 'TENANT', of: ({ tenantId }) => tenantId ?? '–' },
  { head: 'CONFIGURATION', of: ({ eId }) => eId ?? '–' },
  { head: 'SERVER', of: ({ postmarkServerId }) => (postmarkServerId === null ? '–' : String(postmarkServerId)) },
  { head: 'MENDS', of: ({ findings }) => findings.map(({ tag }) => shortTag(tag)).join(', ') },
  { head: 'WHAT WOULD BE DONE', of: ({ text }) => text },
];

export const manualColumns: readonly Column<DriftPlan['manual'][number]>[] = [
  { head: 'FINDING', of: ({ tag }) => shortTag(tag) },
  { head: 'CLASS', of: (finding) => finding.class },
  { head: 'SUBJECT', of: ({ subject }) => subject },
  { head: 'WHY', of: ({ why }) => why },
];
