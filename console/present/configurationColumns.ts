/** Configurations as rows. */
import type { Speaker } from '../speaker.ts';
import type { Configuration } from '../wire.ts';
import { moment } from './moment.ts';
import { statusFormat } from './statusFormat.ts';
import type { Column } from './table.ts';
import { waitsFor } from './waitsFor.ts';

export const configurationColumns = (speak: Speaker): Column<Configuration>[] => [
  { head: 'STATUS', of: ({ status }) => status, paint: (padded, { status }) => speak.style(statusFormat(status), padded) },
  { head: 'SENDING DOMAIN', of: ({ sendingDomain }) => sendingDomain },
  { head: 'TENANT', of: ({ tenantId }) => tenantId },
  { head: 'SENDS', of: ({ canSend }) => (canSend ? 'yes' : 'no') },
  { head: 'EID', of: ({ eId }) => eId },
  { head: 'UPDATED', of: ({ updatedAt }) => moment(updatedAt) },
  { head: 'WAITS FOR', of: ({ waitingOn }) => waitsFor(waitingOn) },
];
