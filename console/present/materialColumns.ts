/** Key versions, processes, and configurations that a walk left behind, as rows. */
import type { Speaker } from '../speaker.ts';
import type { KeyVersion, Material, MaterialProcess, Stale } from '../wire.ts';
import { moment } from './moment.ts';
import type { Column } from './table.ts';

export const keyVersionColumns = (speak: Speaker, { current }: Material): Column<KeyVersion>[] => [
  { head: 'KEY VERSION', of: ({ keyVersionId }) => keyVersionId },
  { head: 'SEALS', of: ({ keyVersionId }) => (keyVersionId === current ? 'yes' : 'no') },
  {
    head: 'LOADED',
    of: ({ loaded }) => (loaded ? 'yes' : 'no'),
    paint: (padded, { loaded }) => speak.style(loaded ? 'green' : 'red', padded),
  },
  { head: 'ROWS', of: ({ rows }) => String(rows) },
  { head: 'CREATED', of: ({ createdAt }) => moment(createdAt) },
  { head: 'KMS KEY', of: ({ kmsKeyArn }) => kmsKeyArn ?? 'not in the registry' },
  { head: 'REASON', of: ({ reason }) => reason ?? '' },
];

export const processColumns = (speak: Speaker, { current }: Material): Column<MaterialProcess>[] => [
  { head: 'PROCESS', of: ({ process }) => process },
  {
    head: 'SEALS WITH',
    of: (process) => process.current ?? '–',
    paint: (padded, process) => speak.style(process.current === current ? 'green' : 'yellow', padded),
  },
  { head: 'HOLDS', of: ({ loaded }) => String(loaded.length) },
  { head: 'REFRESHED', of: ({ refreshedAt }) => moment(refreshedAt) },
  { head: 'UP TO DATE', of: ({ upToDate }) => (upToDate ? 'yes' : 'no') },
];

export const staleColumns: readonly Column<Stale>[] = [
  { head: 'LEFT BEHIND', of: ({ configurationEId }) => configurationEId },
  { head: 'TENANT', of: ({ tenantId }) => tenantId },
  { head: 'CODE', of: ({ code }) => code ?? '–' },
  { head: 'DETAIL', of: ({ detail }) => detail ?? '' },
];
