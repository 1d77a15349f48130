/** Events as rows, oldest first. */
import type { Speaker } from '../speaker.ts';
import type { HistoryEntry } from '../wire.ts';
import { factsText } from './factsText.ts';
import { moment } from './moment.ts';
import type { Column } from './table.ts';

export const historyColumns = (speak: Speaker): Column<HistoryEntry>[] => [
  { head: 'AT', of: ({ at }) => moment(at), paint: (padded) => speak.style('dim', padded) },
  { head: 'AUTHOR', of: ({ author }) => author },
  { head: 'EVENT', of: ({ event }) => event },
  { head: 'STATUS', of: ({ from, to }) => (from === null || from === to ? to : `${from} → ${to}`) },
  { head: 'DETAIL', of: ({ detail }) => factsText(detail) },
];
