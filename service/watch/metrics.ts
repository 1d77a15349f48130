/**
 * Every metric of this process, typed, in one registry of its own: two services in one process (a test) do not mix.
 * `render()` is the text of `/metrics`; `changes()` is what has happened since it was last asked, for whoever wants it pushed.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { configurationMetrics } from './configurationMetrics.ts';
import { driftMetrics } from './driftMetrics.ts';
import { httpMetrics } from './httpMetrics.ts';
import { materialRegistryMetrics } from './materialRegistryMetrics.ts';
import { metricChanges } from './metricChanges.ts';
import { sendMetrics } from './sendMetrics.ts';
import { webhookMetrics } from './webhookMetrics.ts';

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    contentType: registry.contentType,
    render: (): Promise<string> => registry.metrics(),
    changes: metricChanges(registry),
    configuration: configurationMetrics(registry),
    send: sendMetrics(registry),
    webhook: webhookMetrics(registry),
    drift: driftMetrics(registry),
    materialRegistry: materialRegistryMetrics(registry),
    http: httpMetrics(registry),
  };
}
