/** The table "who may import whom" of service/README.md, as data. */

export type Allowance = { target: string; typesOnly: boolean };
export type ImportRow = { room: string; may: Allowance[]; mustNot: string[]; why: string };

export const importTableHeading = '| room | may import | must not | why |';

const tokens = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, token]) => token ?? '');

function parseAllowances(cell: string): Allowance[] {
  return [...cell.matchAll(/`([^`]+)`(\s*\(types\))?/g)].map(([, target, types]) => ({
    target: target ?? '',
    typesOnly: types !== undefined,
  }));
}

/** Without the spaces that align columns for the eye, so that a formatter may have its way with the page. */
export const unaligned = (markdown: string): string => markdown.replace(/ {2,}\|/g, ' |').replace(/\| {2,}/g, '| ');

/** Throws when there is no such table, or a row of it cannot be read. */
export function parseImportTable(markdown: string): ImportRow[] {
  const lines = unaligned(markdown).split('\n');
  const start = lines.indexOf(importTableHeading);
  if (start === -1) throw new Error(`no table headed "${importTableHeading}"`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end === -1 ? undefined : end).map((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const [, roomCell = '', mayCell = '', mustNotCell = '', why = ''] = cells;
    const [room, ...others] = tokens(roomCell);
    if (room === undefined || others.length > 0 || cells.length !== 6) throw new Error(`this row cannot be read: ${line}`);
    return { room, may: parseAllowances(mayCell), mustNot: tokens(mustNotCell), why };
  });
}
