/**
 * Dates as Postmark writes and reads them.
 *
 * Written: ISO 8601, UTC, seven fraction digits and `Z`. Read, in filters: a date or date and time without a zone is US Eastern, with a zone
 * it is what it says; a bare date in `todate` means to the end of that day.
 */
import type { Instant } from '../../world/world.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';

/** The clock counts milliseconds; the four digits behind them are always zero. */
export const postmarkDate = (at: Instant): string => new Date(at).toISOString().replace('Z', '0000Z');

const dayMs = 86_400_000;
const eastern = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

/** What a clock on a New York wall shows at this instant, as if it were UTC. */
function easternWall(at: Instant): Instant {
  const part = Object.fromEntries(eastern.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(
    part['year'] ?? 0,
    (part['month'] ?? 1) - 1,
    part['day'] ?? 1,
    part['hour'] ?? 0,
    part['minute'] ?? 0,
    part['second'] ?? 0,
  );
}

/** Two rounds: the first may land on the other side of a daylight-saving change. */
function fromEastern(wall: Instant): Instant {
  const first = wall + (wall - easternWall(wall));
  return wall + (first - easternWall(first));
}

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
  if (match === null || Number.isNaN(at))
    throw new Refusal(code, `Parameter '${name}' must be a date such as 2026-02-01 or 2026-02-01T12:00:00.`);
  if (match[3] !== undefined) return at;
  return match[2] === undefined && inclusive ? fromEastern(at + dayMs) - 1 : fromEastern(at);
}
