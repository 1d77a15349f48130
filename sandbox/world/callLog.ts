/** How often each operation of each service was called, also when a fault kept the answer back; and the last calls one by one. */
import { CallJournal } from './callJournal.ts';
import type { CallLog, Instant, ServiceName } from './world.ts';

export const serviceNames = [
  'postmark',
  'route53',
  'kms',
  'dns',
  'webhook',
  'sentry',
  'resolver',
  'aws',
] as const satisfies readonly ServiceName[];

export type SavedCalls = Record<ServiceName, Record<string, number>>;

export interface SavableCallLog extends CallLog {
  readonly journal: CallJournal;
  restore(saved: SavedCalls): void;
  reset(): void;
}

const none = (): SavedCalls => ({ postmark: {}, route53: {}, kms: {}, dns: {}, webhook: {}, sentry: {}, resolver: {}, aws: {} });

/** A name comes from the caller: beyond this many of one service, calls are counted together. */
const namesMax = 1000;
const others = 'other';

/** Maps inside, since an operation's name comes from the caller and may be `constructor`. */
export function createCallLog(now: () => Instant): SavableCallLog {
  const journal = new CallJournal(now);
  const counted = new Map<ServiceName, Map<string, number>>(serviceNames.map((name) => [name, new Map()]));
  const reset = () => {
    for (const operations of counted.values()) operations.clear();
    journal.reset();
  };
  return {
    journal,
    count: (service, operation, subject) => {
      const operations = counted.get(service) ?? new Map<string, number>();
      const name = operations.has(operation) || operations.size < namesMax ? operation : others;
      operations.set(name, (operations.get(name) ?? 0) + 1);
      return journal.begin(service, name, subject ?? null);
    },
    counts: () => {
      const sorted = none();
      for (const [name, operations] of counted) sorted[name] = Object.fromEntries([...operations].sort(([a], [b]) => (a < b ? -1 : 1)));
      return sorted;
    },
    restore: (saved) => {
      reset();
      for (const [name, operations] of counted) {
        for (const [operation, count] of Object.entries(saved[name] ?? {})) operations.set(operation, count);
      }
    },
    reset,
  };
}
