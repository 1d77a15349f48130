/** Puts the shared parts of the sandbox together. What each guarantees is said in its own file. */
import { createCallLog, type SavableCallLog, type SavedCalls } from './callLog.ts';
import { createFaultBook, type SavableFaultBook } from './faultBook.ts';
import { createSeededRandom, type SavedRandom, type SeededRandom } from './seededRandom.ts';
import { createSettingsRegistry, type SavedSettings, type SettingsRegistry } from './settingsRegistry.ts';
import { createStepper, type Stepper } from './stepper.ts';
import { type ClockPace, createVirtualClock, type SavedClock, type VirtualClock } from './virtualClock.ts';
import { createWatchers, type Watchers } from './watchers.ts';
import type { FaultSpec, Instant, World } from './world.ts';

export type SavedWorld = { clock: SavedClock; random: SavedRandom; faults: FaultSpec[]; calls: SavedCalls; settings: SavedSettings };

export interface SandboxWorld extends World {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly faults: SavableFaultBook;
  readonly calls: SavableCallLog;
  readonly settings: SettingsRegistry;
  readonly watchers: Watchers;
  readonly stepper: Stepper;
  onTouched(listener: () => void): void;
  save(): SavedWorld;
  restore(saved: SavedWorld): void;
  /** Agenda, faults, call counts, settings and random draws as at the start. Time itself does not go back. */
  reset(): void;
  close(): void;
}

/** `startAt`: domain time at the start; without it, domain time starts as real time. `pace`: whether it then runs by itself. */
export function createWorld(options: { seed: number | string; startAt?: Instant; pace?: ClockPace }): SandboxWorld {
  const listeners: (() => void)[] = [];
  const touched = () => {
    for (const listener of listeners) listener();
  };
  const clock = createVirtualClock({
    ...(options.startAt === undefined ? {} : { startAt: options.startAt }),
    ...(options.pace === undefined ? {} : { pace: options.pace }),
    touched,
  });
  const random = createSeededRandom(options.seed);
  const faults = createFaultBook(random.fork('faults'), touched);
  const calls = createCallLog(() => clock.now());
  const settings = createSettingsRegistry(touched);
  const watchers = createWatchers();
  const parts = [clock, random, faults, calls, settings];
  return {
    clock,
    random,
    faults,
    calls,
    settings,
    watchers,
    stepper: createStepper(clock, watchers),
    touched,
    onTouched: (listener) => {
      listeners.push(listener);
    },
    save: () => ({
      clock: clock.save(),
      random: random.save(),
      faults: [...faults.list()],
      calls: calls.counts(),
      settings: settings.values(),
    }),
    restore: (saved) => {
      clock.restore(saved.clock);
      random.restore(saved.random);
      faults.restore(saved.faults);
      calls.restore(saved.calls);
      settings.restore(saved.settings);
    },
    reset: () => {
      for (const part of parts) part.reset();
      touched();
    },
    close: () => clock.close(),
  };
}
