import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { idFloor, idTime, type Partition, partitionPlan } from '../../../service/core/retention/partitionPlan.ts';

const dayMs = 86_400_000;
const day = (n: number): Date => new Date(n * dayMs);
const span = (from: number, to: number): Partition => ({ name: `p${from}`, from: day(from), to: day(to) });
const rule = { periodDays: 10, ahead: 2, keepDays: 90 };
const days = ({ from, to }: { from: Date; to: Date }): [number, number] => [from.getTime() / dayMs, to.getTime() / dayMs];

describe('the partitions of a table by time', () => {
  it('are made for the present period and so many ahead', () => {
    expect(partitionPlan([], day(1005), rule).make.map(days)).toEqual([
      [1000, 1010],
      [1010, 1020],
      [1020, 1030],
    ]);
  });

  it('are not made again', () => {
    const existing = [span(1000, 1010), span(1010, 1020), span(1020, 1030)];
    expect(partitionPlan(existing, day(1009.99), rule)).toEqual({ make: [], drop: [] });
    expect(partitionPlan(existing, day(1010), rule).make.map(days)).toEqual([[1030, 1040]]);
  });

  it('fill what is open when the period was changed', () => {
    expect(partitionPlan([span(1001, 1008), span(1015, 1030)], day(1005), rule).make.map(days)).toEqual([
      [1000, 1001],
      [1008, 1010],
      [1010, 1015],
    ]);
  });

  it('go when everything in them is past its retention, and not a moment before', () => {
    const old = span(900, 910);
    expect(partitionPlan([old], new Date(day(1000).getTime() - 1), rule).drop).toEqual([]);
    expect(partitionPlan([old], day(1000), rule).drop).toEqual([old]);
  });

  it('cover the present and never overlap, whatever exists', () => {
    const existing = fc
      .uniqueArray(fc.integer({ min: 950, max: 1060 }), { minLength: 0, maxLength: 12 })
      .map((bounds) => bounds.sort((a, b) => a - b))
      .map((bounds) =>
        bounds.flatMap((from, i) => (i % 2 === 0 && bounds[i + 1] !== undefined ? [span(from, bounds[i + 1] ?? from)] : [])),
      );
    fc.assert(
      fc.property(existing, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 4 }), (given, periodDays, ahead) => {
        const now = day(1000);
        const { make } = partitionPlan(given, now, { periodDays, ahead, keepDays: 365 });
        const all = [...given, ...make].sort((a, b) => a.from.getTime() - b.from.getTime());
        for (const [i, { from, to }] of all.entries()) {
          expect(from.getTime()).toBeLessThan(to.getTime());
          expect(to.getTime()).toBeLessThanOrEqual(all[i + 1]?.from.getTime() ?? Number.POSITIVE_INFINITY);
        }
        expect(all.some(({ from, to }) => from <= now && now < to)).toBe(true);
      }),
    );
  });
});

describe('the bound of a moment', () => {
  it('lies before every id of that moment and after every earlier one', () => {
    const at = new Date('2026-03-01T12:00:00.123Z');
    expect(idFloor(at) < uuidv7({ msecs: at.getTime() })).toBe(true);
    expect(uuidv7({ msecs: at.getTime() - 1 }) < idFloor(at)).toBe(true);
    expect(idTime(idFloor(at))).toEqual(at);
  });
});
