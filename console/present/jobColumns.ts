/** Messages and what happened to one, as rows. */
import type { Speaker } from '../speaker.ts';
import type { Job, TimelineEntry } from '../wire.ts';
import { factsText } from './factsText.ts';
import { moment } from './moment.ts';
import type { Column } from './table.ts';

const bad: ReadonlySet<string> = new Set(['FAILED', 'DEAD_LETTER', 'INCONSISTENT', 'BOUNCED', 'COMPLAINED']);
const good: ReadonlySet<string> = new Set(['SENT', 'DELIVERED']);
const formatOf = ({ status }: Job) => (bad.has(status) ? 'red' : good.has(status) ? 'green' : 'yellow');

export const jobColumns = (speak: Speaker): Column<Job>[] => [
  { head: 'STATUS', of: ({ status }) => status, paint: (padded, job) => speak.style(formatOf(job), padded) },
  { head: 'JOB', of: ({ eId }) => eId },
  { head: 'ACCEPTED', of: ({ acceptedAt }) => moment(acceptedAt) },
  { head: 'TRIES', of: ({ attempts }) => String(attempts) },
  { head: 'NEXT', of: ({ nextAttemptAt }) => moment(nextAttemptAt) },
  { head: 'RECIPIENT', of: ({ recipient }) => recipient },
  { head: 'LAST ERROR', of: ({ lastError }) => (lastError === null ? '' : `${lastError.code}: ${lastError.message}`) },
];

export const timelineColumns: readonly Column<TimelineEntry>[] = [
  { head: 'AT', of: ({ at }) => moment(at) },
  { head: 'WHAT', of: ({ kind }) => kind },
  { head: 'DETAIL', of: ({ detail }) => factsText(detail) },
];
