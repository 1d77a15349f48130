/** Green sends, red needs somebody, yellow is on its way. */
const formats: Readonly<Record<string, 'green' | 'red' | 'yellow' | 'dim'>> = {
  UNLOCKED: 'green',
  FAILURE: 'red',
  UNVERIFIED: 'red',
  MISSING: 'red',
  LOCKED: 'dim',
  REMOVED: 'dim',
};

export const statusFormat = (status: string): 'green' | 'red' | 'yellow' | 'dim' => formats[status] ?? 'yellow';
