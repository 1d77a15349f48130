import { expect, test } from 'vitest';
import { newIds } from '../../service/wiring/newIds.ts';

test('no two ids are alike, over many pages of random bytes, and what was drawn for one is not seen again in another', () => {
  const at = new Date('2026-01-01T00:00:00.123Z');
  const newId = newIds(() => at);
  const ids = Array.from({ length: 5_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  // The time is the same in all; beyond it and the version every part is drawn.
  for (const from of [14, 19, 24])
    expect(new Set(ids.map((id) => id.slice(from, from + 4))).size).toBeGreaterThan(from === 24 ? 4_500 : 1_000);
});

test('ids are version 7: they begin with the time of the clock, to the millisecond, and sort by it', () => {
  let at = Date.parse('2026-01-01T00:00:00.123Z');
  const newId = newIds(() => new Date(at));
  const ids = Array.from({ length: 300 }, () => {
    at += 1;
    return newId();
  });
  expect(ids.toSorted()).toEqual(ids);
  for (const [n, id] of ids.entries()) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(at - 299 + n);
  }
});
