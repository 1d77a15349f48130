/** Prints a list: a table for people, each page as it comes; one document a line with `--json`. */

import type { Query } from './api.ts';
import type { Call } from './command.ts';
import { type Column, table } from './present/table.ts';

const limitDefault = 50;
const limitMax = 1_000_000;

export const limitOf = (call: Call): number =>
  call.has('all') ? Number.POSITIVE_INFINITY : call.number('limit', { min: 1, max: limitMax, fallback: limitDefault });

/** `none` is said when the list is empty. Answers how many there were. */
export async function printList<T>(
  call: Call,
  {
    path,
    query,
    tenant,
    columns,
    none,
  }: { path: string; query: Query; tenant?: string | undefined; columns: readonly Column<T>[]; none: string },
): Promise<number> {
  const { speak } = call;
  const rows = table(columns);
  let count = 0;
  for await (const items of call.api().pages<T>(path, query, limitOf(call), tenant)) {
    if (speak.json) for (const item of items) speak.document(item);
    else {
      if (count === 0 && items.length > 0) speak.line(speak.style('bold', rows.head(items)));
      for (const line of rows.rows(items)) speak.line(line);
    }
    count += items.length;
  }
  if (count === 0) speak.aside(none);
  return count;
}
