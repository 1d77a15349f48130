/** How often each operation of each service was called, also when a fault kept the answer back. */
import type { CallLog, ServiceName } from './world.ts';

export const serviceNames = ['postmark', 'route53', 'kms', 'dns', 'webhook', 'sentry'] as const satisfies readonly ServiceName[];

export type SavedCalls = Record<ServiceName, Record<string, number>>;

export interface SavableCallLog extends CallLog {
  restore(saved: SavedCalls): void;
  reset(): void;
}

const none = (): SavedCalls => ({ postmark: {}, route53: {}, kms: {}, dns: {}, webhook: {}, sentry: {} });

export function createCallLog(): SavableCallLog {
  let counted = none();
  return {
    count: (service, operation) => {
      const operations = counted[service];
      operations[operation] = (operations[operation] ?? 0) + 1;
    },
    counts: () => {
      const sorted = none();
      for (const name of serviceNames) {
        sorted[name] = Object.fromEntries(Object.entries(counted[name]).sort(([a], [b]) => (a < b ? -1 : 1)));
      }
      return sorted;
    },
    restore: (saved) => {
      counted = { ...none(), ...structuredClone(saved) };
    },
    reset: () => {
      counted = none();
    },
  };
}
