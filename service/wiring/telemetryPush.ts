/**
 * Counters and gauges for Sentry, as differences from time to time. Gauges that live in the database are read first: there may be nobody who asks for
 * /metrics, and then they would never be read.
 */
import type { MetricChange } from '../watch/metricChanges.ts';
import type { Pass } from '../work/loop.ts';

export type TelemetryPush = {
  sample: () => Promise<void>;
  changes: () => Promise<MetricChange[]>;
  measure: (changes: readonly MetricChange[]) => void;
  onTrouble: (error: unknown) => void;
};

/** Gauges that cannot be read now keep their last values; counters go out all the same. */
export const telemetryPush =
  ({ sample, changes, measure, onTrouble }: TelemetryPush): Pass =>
  async () => {
    await sample().catch(onTrouble);
    measure(await changes());
    return 0;
  };
