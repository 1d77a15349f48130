/**
 * US Eastern time, in which Postmark reads dates without a zone and counts its days.
 *
 * Modern Eastern time is four or five hours behind UTC, so a wall time names at most two instants: of the hour that comes twice in autumn the
 * earlier is meant, and one that spring leaves out is the same distance after the change.
 */
import type { Instant } from '../../world/world.ts';

const hourMs = 3_600_000;
const standardMs = 5 * hourMs;
const daylightMs = 4 * hourMs;

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
export function easternWall(at: Instant): Instant {
  const part = Object.fromEntries(eastern.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const seconds = Date.UTC(
    part['year'] ?? 0,
    (part['month'] ?? 1) - 1,
    part['day'] ?? 1,
    part['hour'] ?? 0,
    part['minute'] ?? 0,
    part['second'] ?? 0,
  );
  return seconds + (((at % 1000) + 1000) % 1000);
}

/** The instant at which that clock shows `wall`. */
export function fromEastern(wall: Instant): Instant {
  if (easternWall(wall + daylightMs) === wall) return wall + daylightMs;
  return wall + standardMs;
}

/** The last hour that was asked for: a load test asks a hundred thousand times within one, and the formatter takes 8 µs. */
const lately = { hour: Number.NaN, day: '' };

/** The day on that wall: `2026-09-05`. Days begin at a whole hour of UTC. */
export function easternDay(at: Instant): string {
  const hour = Math.floor(at / hourMs);
  if (lately.hour !== hour) Object.assign(lately, { hour, day: new Date(easternWall(hour * hourMs)).toISOString().slice(0, 10) });
  return lately.day;
}
