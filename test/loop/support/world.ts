/** The whole product and its outside world for one test file, and everything stopped at its end. */
import { afterAll, beforeAll, vi } from 'vitest';
import { type Postroute, startPostroute } from '../../support/postroute.ts';
import { type Actor, type ActorOptions, createActor } from './actor.ts';
import { type Control, controlOf } from './control.ts';

export type LoopWorld = Postroute & {
  control: Control;
  actor(options?: ActorOptions): Promise<Actor>;
  /** A call that is open stays open while the sandbox stands still, however many requests are made meanwhile and however long a busy machine takes. */
  outside: { standStill(): void; goOn(): void };
  /** A configuration that may send. */
  sender(options?: ActorOptions): Promise<Actor>;
};

export const worldOf = (postroute: Postroute): LoopWorld => {
  const control = controlOf(postroute.ready.sandbox.control);
  const actor = (options?: ActorOptions) => createActor({ api: postroute.api, control }, options);
  return {
    ...postroute,
    control,
    actor,
    outside: {
      standStill: () => void process.kill(postroute.ready.pids.sandbox, 'SIGSTOP'),
      goOn: () => void process.kill(postroute.ready.pids.sandbox, 'SIGCONT'),
    },
    async sender(options) {
      const made = await actor({ ...options, provision: true });
      await made.unlocked();
      return made;
    },
  };
};

/** Whole processes on a machine that may run another file's as well: a test is given up late, and a bar is measured where it matters. */
export const testLimitMs = 90_000;

/** Answers how to reach the world that each test of this file shares. */
export function sharedWorld(flags: readonly string[] = [], environment: Record<string, string> = {}): () => LoopWorld {
  vi.setConfig({ testTimeout: testLimitMs });
  let world: LoopWorld | null = null;
  beforeAll(async () => {
    world = worldOf(await startPostroute(flags, environment));
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
  }, 60_000);
  return () => {
    if (world === null) throw new Error('the world has not started');
    return world;
  };
}
