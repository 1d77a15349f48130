/**
 * Everything but the service, and the service as a process that a test starts, kills and starts again on the same address: the launcher's own
 * `--restart` waits longer after each early end, which is right for people and slow for a table of crashes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, vi } from 'vitest';
import { type Replica, startReplica } from '../../../dev/start/replica.ts';
import { operatorClient } from '../../support/apiClient.ts';
import { startPostroute } from '../../support/postroute.ts';
import { type LoopWorld, testLimitMs, worldOf } from './world.ts';

export type Crashable = LoopWorld & {
  /** SIGKILL, and resolves when the process is gone. */
  crash(): Promise<void>;
  /** Starts it on the address of before; resolves when it answers. */
  revive(): Promise<void>;
};

/** A dead holder's work is free again after this; short, since every crash of a table waits for it. */
const leaseSeconds = '2';

async function startCrashable(settings: Record<string, string>): Promise<Crashable> {
  const postroute = await startPostroute(['--no-service']);
  const added = parseEnv(readFileSync(join(postroute.ready.dataDir, 'service.env'), 'utf8'));
  const bare = Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'TMPDIR', 'LANG'].includes(name));
  const env = { ...Object.fromEntries(bare), ...added, EMAIL_WORK_LEASE_SECONDS: leaseSeconds, EMAIL_LOG_LEVEL: 'fatal', ...settings };
  const url = `http://127.0.0.1:${added['EMAIL_HTTP_PORT']}`;
  let replica: Replica | null = null;
  const world = worldOf({ ...postroute, api: operatorClient(url, postroute.ready.apiKey) });
  return {
    ...world,
    async crash() {
      replica?.kill();
      await replica?.stop();
    },
    async revive() {
      replica = startReplica({ name: 'service', env, restart: false });
      await replica.ready(AbortSignal.timeout(30_000));
    },
    async stop() {
      await replica?.stop();
      return world.stop();
    },
  };
}

/** Answers how to reach the world of this file; its service runs. */
export function crashableWorld(settings: Record<string, string> = {}): () => Crashable {
  vi.setConfig({ testTimeout: testLimitMs });
  let world: Crashable | null = null;
  beforeAll(async () => {
    world = await startCrashable(settings);
    await world.revive();
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
  }, 60_000);
  return () => {
    if (world === null) throw new Error('the world has not started');
    return world;
  };
}
