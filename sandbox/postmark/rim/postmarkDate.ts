/**
 * Dates as Postmark writes and reads them.
 *
 * Written: ISO 8601, UTC, seven fraction digits and `Z`. Read, in filters: a date or date and time without a zone is US Eastern, with a zone
 * it is what it says; a bare date in `todate` means to the end of that day.
 */
import type { Instant } from '../../world/world.ts';
import { fromEastern } from './easternTime.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';

/** The clock counts milliseconds; the four digits behind them are always zero. */
export const postmarkDate = (at: Instant): string => new Date(at).toISOString().replace('Z', '0000Z');

const dayMs = 86_400_000;

export type DateRange = { from: Instant; to: Instant };

export function dateRangeOf(query: Query, code: number): DateRange {
  return {
    from: boundary(query, 'fromdate', code, false) ?? Number.NEGATIVE_INFINITY,
    to: boundary(query, 'todate', code, true) ?? Number.POSITIVE_INFINITY,
  };
}

function boundary(query: Query, name: string, code: number, inclusive: boolean): Instant | null {
  const text = query.text(name);
  if (text === null) return null;
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const at = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`);
  if (match === null || Number.isNaN(at) || !isCalendarDay(match[1] ?? ''))
    throw new Refusal(code, `Parameter '${name}' must be a date such as 2026-02-01 or 2026-02-01T12:00:00.`);
  if (match[3] !== undefined) return at;
  return match[2] === undefined && inclusive ? fromEastern(at + dayMs) - 1 : fromEastern(at);
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isCalendarDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
