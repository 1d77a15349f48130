/**
 * What goes wrong on purpose. Faults are tried in the order they were added; the first that applies to the call is met.
 * A counted fault is used up by the calls it meets; one with a probability draws from the seed for each call it could meet; one with
 * neither stays until it is cleared.
 */
import type { FaultBook, FaultSpec, ServiceName, WorldRandom } from './world.ts';

export interface SavableFaultBook extends FaultBook {
  restore(saved: readonly FaultSpec[]): void;
  /** Forgets all faults and lets go of nothing: for a reset, where the rooms start anew themselves. */
  reset(): void;
}

const applies = (fault: FaultSpec, service: ServiceName, operation: string, server: number | undefined): boolean =>
  fault.service === service &&
  (fault.operation === undefined || fault.operation.toLowerCase() === operation.toLowerCase()) &&
  (fault.server === undefined || fault.server === server);

export function createFaultBook(random: WorldRandom, touched: () => void): SavableFaultBook {
  const faults: FaultSpec[] = [];
  const listeners: (() => void)[] = [];

  function take(service: ServiceName, operation: string, server?: number): FaultSpec | null {
    for (const [index, fault] of faults.entries()) {
      if (!applies(fault, service, operation, server)) continue;
      if (fault.probability !== undefined && random.next() >= fault.probability) continue;
      const met = { ...fault };
      if (fault.times !== undefined) {
        fault.times -= 1;
        if (fault.times <= 0) faults.splice(index, 1);
      }
      touched();
      return met;
    }
    return null;
  }

  return {
    take,
    add: (spec) => {
      faults.push({ ...spec });
      touched();
    },
    clear: () => {
      faults.length = 0;
      touched();
      for (const listener of listeners) listener();
    },
    list: () => faults.map((fault) => ({ ...fault })),
    onClear: (listener) => {
      listeners.push(listener);
    },
    restore: (saved) => {
      faults.splice(0, faults.length, ...saved.map((fault) => ({ ...fault })));
    },
    reset: () => {
      faults.length = 0;
    },
  };
}
