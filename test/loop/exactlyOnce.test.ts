/**
 * `npm run bench -- send chaos`, smaller: one call in five goes wrong in some way, callbacks are lost, doubled and out of order, and replicas are killed
 * with SIGKILL again and again. Each message is captured exactly once, and none is lost or stuck.
 */
import { expect, test } from 'vitest';
import { runChaos } from '../../dev/bench/chaos/run.ts';

const options = { jobs: 300, tenants: 3, rate: 75, troubleShare: 0.2, killEveryMs: 800, advanceSeconds: 20 };

test('every message that was accepted under fire is there exactly once, and its key has one job', { timeout: 240_000 }, async () => {
  const { problems, taken, kills, outcomes, samples } = await runChaos(options);
  expect(problems).toEqual([]);
  expect(taken).toBe(options.jobs);
  // It was a fight: processes died, answers were lost, and outcomes were unknown for a while.
  expect(kills.length).toBeGreaterThan(0);
  expect(outcomes['ambiguous']).toBeGreaterThan(0);
  expect(Math.max(...samples.map(({ held }) => held))).toBeGreaterThan(0);
});
