/** Rows in columns that line up, at least two spaces apart, for a terminal. Widths are kept from page to page, so that a long list stays in line. */
import { printable } from '../speaker.ts';

export type Column<T> = {
  head: string;
  of(row: T): string;
  /** Colours the padded cell. */
  paint?(padded: string, row: T): string;
};

export type Table<T> = { head(rows: readonly T[]): string; rows(rows: readonly T[]): string[] };

/** Wide letters and marks count as one each: domain names, ids and states are ASCII. */
const lengthOf = (text: string): number => [...text].length;

export function table<T>(columns: readonly Column<T>[]): Table<T> {
  const widths = columns.map(({ head }) => lengthOf(head));
  const cellsOf = (row: T): string[] => columns.map(({ of }) => printable(of(row)));
  const grow = (rows: readonly T[]): void => {
    for (const row of rows) for (const [at, cell] of cellsOf(row).entries()) widths[at] = Math.max(widths[at] ?? 0, lengthOf(cell));
  };
  const padded = (cell: string, at: number): string =>
    at === columns.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - lengthOf(cell));
  return {
    head(rows) {
      grow(rows);
      return columns.map(({ head }, at) => padded(head, at)).join('  ');
    },
    rows(rows) {
      grow(rows);
      return rows.map((row) =>
        cellsOf(row)
          .map((cell, at) => {
            const text = padded(cell, at);
            return columns[at]?.paint?.(text, row) ?? text;
          })
          .join('  ')
          .trimEnd(),
      );
    },
  };
}
