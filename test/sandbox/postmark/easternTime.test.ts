import { describe, expect, it } from 'vitest';
import { easternDay, easternWall, fromEastern } from '../../../sandbox/postmark/rim/easternTime.ts';
import { dateRangeOf } from '../../../sandbox/postmark/rim/postmarkDate.ts';
import { Query } from '../../../sandbox/postmark/rim/query.ts';

const wall = (text: string) => Date.parse(`${text}Z`);
const iso = (at: number) => new Date(at).toISOString();

describe('a time on a New York wall', () => {
  it.each([
    ['in winter', '2026-01-15T12:00:00.000', '2026-01-15T17:00:00.000Z'],
    ['in summer', '2026-07-15T12:00:00.000', '2026-07-15T16:00:00.000Z'],
    ['just before spring', '2026-03-08T01:59:59.999', '2026-03-08T06:59:59.999Z'],
    ['just after spring', '2026-03-08T03:00:00.000', '2026-03-08T07:00:00.000Z'],
    ['left out by spring: as far behind the change', '2026-03-08T02:30:00.000', '2026-03-08T07:30:00.000Z'],
    ['just before autumn', '2026-11-01T00:59:59.000', '2026-11-01T04:59:59.000Z'],
    ['twice in autumn: the earlier is meant', '2026-11-01T01:30:00.000', '2026-11-01T05:30:00.000Z'],
    ['just after autumn', '2026-11-01T02:00:00.000', '2026-11-01T07:00:00.000Z'],
    ['at the turn of the year', '2025-12-31T23:59:59.500', '2026-01-01T04:59:59.500Z'],
    ['under the rules before 2007, in April', '2006-04-01T12:00:00.000', '2006-04-01T17:00:00.000Z'],
    ['in a leap year', '2028-02-29T00:00:00.000', '2028-02-29T05:00:00.000Z'],
  ])('%s', (_case, shown, at) => {
    expect(iso(fromEastern(wall(shown)))).toBe(at);
  });

  it('is shown again by every instant of a year, but for the hour that comes twice', () => {
    const year = Date.parse('2026-01-01T00:00:00Z');
    const twice = Date.parse('2026-11-01T06:00:00Z');
    for (let hour = 0; hour < 8760; hour += 1) {
      const at = year + hour * 3_600_000 + 1234;
      const isSecondTime = at >= twice && at < twice + 3_600_000;
      expect(fromEastern(easternWall(at))).toBe(isSecondTime ? at - 3_600_000 : at);
    }
  });

  it.each([
    ['2026-09-05T03:59:59.999Z', '2026-09-04'],
    ['2026-09-05T04:00:00.000Z', '2026-09-05'],
    ['2026-01-01T04:59:59.999Z', '2025-12-31'],
    ['2026-01-01T05:00:00.000Z', '2026-01-01'],
    ['2026-11-02T04:30:00.000Z', '2026-11-01'],
  ])('%s is of the day %s', (at, day) => {
    expect(easternDay(Date.parse(at))).toBe(day);
  });
});

describe('a range of dates', () => {
  const range = (query: string) => {
    const { from, to } = dateRangeOf(new Query(new URLSearchParams(query)), 700);
    return [Number.isFinite(from) ? iso(from) : from, Number.isFinite(to) ? iso(to) : to];
  };

  it.each([
    ['', [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]],
    ['fromdate=2026-03-08&todate=2026-03-08', ['2026-03-08T05:00:00.000Z', '2026-03-09T03:59:59.999Z']],
    ['fromdate=2026-11-01&todate=2026-11-01', ['2026-11-01T04:00:00.000Z', '2026-11-02T04:59:59.999Z']],
    ['FROMDATE=2026-02-01T12:00&toDate=2026-02-01T12:00:01.5', ['2026-02-01T17:00:00.000Z', '2026-02-01T17:00:01.500Z']],
    ['fromdate=2026-02-01 12:00:00', ['2026-02-01T17:00:00.000Z', Number.POSITIVE_INFINITY]],
    ['fromdate=2026-02-01T12:00:00Z&todate=2026-02-01T12:00:00%2B02:00', ['2026-02-01T12:00:00.000Z', '2026-02-01T10:00:00.000Z']],
  ])('"%s" is %j', (query, expected) => {
    expect(range(query)).toEqual(expected);
  });

  it.each(['2026-02-30', '2026-13-01', '2026-2-1', 'tomorrow', '2026-02-01T25:00', '20260201', '2026-02-01T12:00:00+2'])(
    '%s is no date',
    (text) => {
      expect(() => range(`fromdate=${encodeURIComponent(text)}`)).toThrow(/'fromdate' must be a date/);
    },
  );
});
