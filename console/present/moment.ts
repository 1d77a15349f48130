/** Times as the service keeps them: UTC, and short enough for a column. */
export const moment = (iso: string | null): string => (iso === null ? '–' : `${iso.slice(0, 19).replace('T', ' ')}Z`);
