/** Events as rows, oldest first. */
import type { Speaker } from '../speaker.ts';
import type { HistoryEntry } from '../wire.ts';
import { moment } from './moment.ts';
import type { Column } from './table.ts';

const worded = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const detailOf = ({ detail }: HistoryEntry): string =>
  Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${worded(value)}`)
    .join(' ');

export const historyColumns = (speak: Speaker): Column<HistoryEntry>[] => [
  { head: 'AT', of: ({ at }) => moment(at), paint: (padded) => speak.style('dim', padded) },
  { head: 'AUTHOR', of: ({ author }) => author },
  { head: 'EVENT', of: ({ event }) => event },
  { head: 'STATUS', of: ({ from, to }) => (from === null || from === to ? to : `${from} → ${to}`) },
  { head: 'DETAIL', of: detailOf },
];
