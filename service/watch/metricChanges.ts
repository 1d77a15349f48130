/**
 * What changed in the `email.*` metrics since the last look: rises of counters, values of gauges. Pushing differences from time to time costs the
 * number of series; pushing each observation would cost the hot path.
 */
import type { Registry } from 'prom-client';
import { dottedName } from './declare.ts';

/** `name` is the dotted one. */
export type MetricChange = { kind: 'counter' | 'gauge'; name: string; value: number; labels: Readonly<Record<string, string>> };

export function metricChanges(registry: Registry): () => Promise<MetricChange[]> {
  const last = new Map<string, number>();
  return async () => {
    const changes: MetricChange[] = [];
    for (const metric of await registry.getMetricsAsJSON()) {
      const kind = String(metric.type);
      const name = dottedName(metric.name);
      if (name?.startsWith('email.') !== true || (kind !== 'counter' && kind !== 'gauge')) continue;
      for (const { value, labels } of metric.values) {
        const words = Object.fromEntries(Object.entries(labels).map(([label, word]) => [label, String(word)]));
        const key = `${name} ${JSON.stringify(words)}`;
        const before = last.get(key) ?? 0;
        last.set(key, value);
        if (value !== before) changes.push({ kind, name, value: kind === 'counter' ? value - before : value, labels: words });
      }
    }
    return changes;
  };
}
