import { expect, it, onTestFinished } from 'vitest';
import { sandboxClock } from '../../service/ports/clock.ts';
import { outside } from './support/outside.ts';

const world = outside();

it('an advance steps over what is due in order, and ends when all of it was done', async () => {
  const clock = await sandboxClock(world().addresses.control);
  onTestFinished(() => clock.close());
  const startMs = clock.now().getTime();
  const dueMs = [10, 20, 3600].map((seconds) => startMs + seconds * 1000);
  const doneAtSeconds: number[] = [];
  clock.follow(async () => {
    while (dueMs[0] !== undefined && dueMs[0] <= clock.now().getTime()) {
      dueMs.shift();
      doneAtSeconds.push(Math.floor((clock.now().getTime() - startMs) / 1000));
    }
    return { exact: dueMs[0] === undefined ? null : new Date(dueMs[0]), poll: null };
  });
  await world().control('/clock/advance', { seconds: 7200 });
  expect(dueMs).toEqual([]);
  expect(doneAtSeconds).toEqual([10, 20, 3600]);
  expect(clock.now().getTime()).toBeGreaterThanOrEqual(startMs + 7_200_000);
});
