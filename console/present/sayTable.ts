/** A whole table at once: its head and its rows; nothing where there are none. */
import type { Speaker } from '../speaker.ts';
import { type Column, table } from './table.ts';

export function sayTable<T>(speak: Speaker, columns: readonly Column<T>[], rows: readonly T[]): void {
  if (rows.length === 0) return;
  const lines = table(columns);
  speak.line(speak.style('bold', lines.head(rows)));
  for (const line of lines.rows(rows)) speak.line(line);
}
