/** Suppression entries as rows. */
import type { Speaker } from '../speaker.ts';
import type { Suppression } from '../wire.ts';
import { moment } from './moment.ts';
import type { Column } from './table.ts';

export const suppressionColumns = (speak: Speaker): Column<Suppression>[] => [
  { head: 'RECIPIENT', of: ({ recipient }) => recipient },
  { head: 'REASON', of: ({ reason }) => reason },
  { head: 'ORIGIN', of: ({ origin }) => origin },
  {
    head: 'ACTIVE',
    of: ({ active }) => (active ? 'yes' : 'no'),
    paint: (padded, { active }) => speak.style(active ? 'red' : 'dim', padded),
  },
  { head: 'SINCE', of: ({ since }) => moment(since) },
  { head: 'RELEASED', of: ({ releasedAt }) => moment(releasedAt) },
  { head: 'JOB', of: ({ sourceJobEId }) => sourceJobEId ?? '–' },
];
