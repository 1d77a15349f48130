/**
 * How a column becomes a JavaScript value, said once: timestamptz → Date, int8 and numeric → number, date → string. Those that are not listed keep
 * the driver's parsers: json and jsonb parsed, bytea a Buffer, uuid and text strings.
 *
 * Guarantee: no value is silently rounded. A whole number beyond 2^53, or a time that a Date cannot hold, is an error of the query.
 */
import type { DriverTypeParser } from 'slonik';

/** Postgres writes `2026-11-21 10:00:00.123456+00`; a Date keeps milliseconds, so what we compare and store has no finer time. */
const timestampPattern = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)(?::?(\d\d))?$/;

const zero = 48;
const two = (text: string, at: number): number => (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero;
/** How Postgres writes a time of our sessions, which are in UTC, of the years 1000 to 9999: `2026-11-21 10:00:00.123+00`, shorter by its trailing zeros. */
const isUsual = (text: string): boolean =>
  (text.length === 22 || (text.length > 23 && text.length < 30 && text[19] === '.')) && text[10] === ' ' && text.endsWith('+00');

function parseTimestamp(text: string): Date {
  // Without a pattern and Date's own parser, each of which costs more than all of this: a page of 50 configurations has some 300 times.
  if (isUsual(text)) {
    const year = two(text, 0) * 100 + two(text, 2);
    const seconds = two(text, 17);
    const milliseconds = text.length === 22 ? 0 : Math.floor(Number(text.slice(19, -3)) * 1000 + 1e-6);
    const at = Date.UTC(year, two(text, 5) - 1, two(text, 8), two(text, 11), two(text, 14), seconds, milliseconds);
    if (!Number.isNaN(at)) return new Date(at);
  }
  const [whole, date, time, hours, minutes = '00'] = timestampPattern.exec(text) ?? [];
  // Not left to Date: it makes a time of nearly any text, "infinity" included.
  if (whole === undefined) throw new RangeError('a timestamptz column holds a time that a Date cannot hold');
  return new Date(`${date}T${time}${hours}:${minutes}`);
}

function parseWholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an int8 column holds a number beyond 2^53; read it as text');
  return value;
}

function parseNumeric(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new RangeError('a numeric column holds a number beyond 2^53; read it as text');
  return value;
}

const skipNull =
  (parse: (text: string) => unknown) =>
  (text: string): unknown =>
    text === null ? null : parse(text);

/** An array column hands each of its elements here, and an element may be null. */
export const columnTypes: readonly DriverTypeParser[] = [
  { name: 'timestamptz', parse: skipNull(parseTimestamp) },
  { name: 'int8', parse: skipNull(parseWholeNumber) },
  { name: 'numeric', parse: skipNull(parseNumeric) },
  { name: 'date', parse: (text) => text },
];
