import { expect, it } from 'vitest';
import type { MetricChange } from '../../service/watch/metricChanges.ts';
import { createMetrics } from '../../service/watch/metrics.ts';
import { telemetryPush } from '../../service/wiring/telemetryPush.ts';

function pushing(sample: () => Promise<void>) {
  const metrics = createMetrics();
  const pushed: MetricChange[] = [];
  const troubles: unknown[] = [];
  const push = telemetryPush({
    sample,
    changes: metrics.changes,
    measure: (changes) => pushed.push(...changes),
    onTrouble: (error) => troubles.push(error),
  });
  return { metrics, push, pushed, troubles };
}

it('gauges are read before they are pushed, though nobody asks for /metrics', async () => {
  const held = { now: 3 };
  const { metrics, push, pushed } = pushing(async () => metrics.send.held.set(held.now));
  await push();
  held.now = 0;
  await push();
  await push();
  expect(pushed.filter(({ name }) => name === 'email.send.held').map(({ value }) => value)).toEqual([3, 0]);
});

it('a database that cannot be asked keeps no counter back', async () => {
  const { metrics, push, pushed, troubles } = pushing(async () => {
    throw new Error('away');
  });
  metrics.send.accepted.inc(2);
  await push();
  expect(pushed).toContainEqual({ kind: 'counter', name: 'email.send.accepted.total', value: 2, labels: {} });
  expect(troubles).toHaveLength(1);
});
