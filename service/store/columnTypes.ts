/**
 * How a column becomes a JavaScript value, said once: timestamptz → Date, int8 and numeric → number, date → string. Those that are not listed keep
 * the driver's parsers: json and jsonb parsed, bytea a Buffer, uuid and text strings.
 *
 * Guarantee: no value is silently rounded. A whole number beyond 2^53, or a time that a Date cannot hold, is an error of the query.
 */
import type { DriverTypeParser } from 'slonik';

/** Postgres writes `2026-11-21 10:00:00.123456+00`; a Date keeps milliseconds, so what we compare and store has no finer time. */
const timestampPattern = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)(?::?(\d\d))?$/;

function parseTimestamp(text: string): Date {
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
