/** Prints a list: a table for people, each page as it comes; one document a line with `--json`. */

import type { Query } from './api.ts';
import type { Call } from './command.ts';
import { type Column, table } from './present/table.ts';

const limitDefault = 50;
const limitMax = 1_000_000;

export const limitOf = (call: Call): number =>
  call.has('all') ? Number.POSITIVE_INFINITY : call.number('limit', { min: 1, max: limitMax, fallback: limitDefault });

type Listed<T> = {
  path: string;
  query: Query;
  tenant?: string | undefined;
  columns: readonly Column<T>[];
  /** Said when the list is empty. */
  none: string;
};

/** Answers how many there were. */
export const printList = <T>(call: Call, listed: Listed<T>): Promise<number> =>
  print(call, listed, call.api().pages<T>(listed.path, listed.query, limitOf(call), listed.tenant));

/** Of a list that begins with the oldest: the newest ones, in its order. */
export const printEndOfList = <T>(call: Call, listed: Listed<T>): Promise<number> => print(call, listed, endOf<T>(call, listed));

async function* endOf<T>(call: Call, { path, query, tenant }: Listed<T>): AsyncGenerator<readonly T[]> {
  const limit = limitOf(call);
  const end: T[] = [];
  for await (const items of call.api().pages<T>(path, query, Number.POSITIVE_INFINITY, tenant)) {
    end.push(...items);
    end.splice(0, end.length - limit);
  }
  yield end;
}

async function print<T>(call: Call, { columns, none }: Listed<T>, pages: AsyncIterable<readonly T[]>): Promise<number> {
  const { speak } = call;
  const rows = table(columns);
  let count = 0;
  for await (const items of pages) {
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
