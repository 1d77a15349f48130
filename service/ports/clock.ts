/**
 * Domain time. In production it is the system's clock. Beside a sandbox it is the sandbox's: the same pace, plus an offset that the sandbox grows
 * when somebody advances it. Process time (leases, deadlines) never comes from here.
 *
 * Mechanism: `GET /clock/watch` stays open and sends one line per step of an advance. Each step is settled here (what has fallen due is done)
 * and answered with what is due next, so that the sandbox steps over due moments in order. When the stream ends, the sandbox was restarted: it
 * is watched again after a moment. `now()` never goes back, whatever the sandbox says.
 */

import { clockSteps } from './clockSteps.ts';
import type { DomainClock, NextDue } from './ports.ts';

export function systemClock(): DomainClock {
  return { now: () => new Date(), follow: () => undefined, close: async () => undefined };
}

/** A sandbox answers its first line at once; five seconds cover a machine that is starting everything else too. */
const firstLineTimeoutMs = 5000;

export type SandboxClockOptions = {
  firstLineTimeoutMs?: number;
  /** Told when a step could not be settled or answered; the clock goes on. */
  onFault?: (error: unknown) => void;
};

export async function sandboxClock(controlUrl: string, options: SandboxClockOptions = {}): Promise<DomainClock> {
  let offsetMs = 0;
  let latestMs = 0;
  let settle: () => Promise<NextDue> = async () => ({ exact: null, poll: null });

  const known = Promise.withResolvers<void>();
  const steps = clockSteps(controlUrl, {
    onFault: options.onFault ?? (() => undefined),
    onStep: async (step) => {
      offsetMs = step.offsetMs;
      known.resolve();
      if (!step.settle) return null;
      const { exact, poll } = await settle();
      return { exactMs: exact?.getTime() ?? null, pollMs: poll?.getTime() ?? null };
    },
  });

  const timeoutMs = options.firstLineTimeoutMs ?? firstLineTimeoutMs;
  const timer = setTimeout(() => {
    known.reject(
      new Error(`no clock at ${controlUrl}/clock/watch within ${timeoutMs} ms; is the sandbox up? Without a sandbox leave clock.url unset`),
    );
  }, timeoutMs);
  try {
    await known.promise;
  } catch (error) {
    steps.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }

  return {
    now() {
      latestMs = Math.max(latestMs, Date.now() + offsetMs);
      return new Date(latestMs);
    },
    follow(next) {
      settle = next;
    },
    close: async () => steps.close(),
  };
}
