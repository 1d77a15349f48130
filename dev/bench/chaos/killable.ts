/**
 * Everything but the service, and replicas of it that are killed and started again on their addresses: the launcher's own `--restart` waits longer after
 * each early end, which is right for people and slow for a run that kills every few seconds.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { freePort } from '../../ports.ts';
import type { ReadyLine } from '../../start/readyLine.ts';
import { type Replica, startReplica } from '../../start/replica.ts';
import { launch } from '../launch.ts';

const readyLimitMs = 60_000;

export type Killable = {
  /** `services`: the replicas' addresses, whether they live or not. */
  ready: ReadyLine & { service: string };
  /** SIGKILL; resolves when the process is gone. */
  kill(replica: number): Promise<void>;
  /** Resolves when it answers. */
  revive(replica: number): Promise<void>;
  stop(): Promise<void>;
};

/** `settings` are the replicas' own. Nothing else of the caller's environment reaches them. */
export async function startKillable(replicas: number, settings: Record<string, string>): Promise<Killable> {
  const { ready, stop } = await launch(['--no-service'], {});
  const added = parseEnv(readFileSync(join(ready.dataDir, 'service.env'), 'utf8'));
  const bare = Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'TMPDIR', 'LANG'].includes(name));
  const ports = [Number(added['EMAIL_HTTP_PORT'])];
  while (ports.length < replicas) ports.push(await freePort(new Set(ports)));
  const running: (Replica | null)[] = ports.map(() => null);
  const services = ports.map((port) => `http://127.0.0.1:${port}`);

  const kill = async (replica: number): Promise<void> => {
    running[replica]?.kill();
    await running[replica]?.stop();
    running[replica] = null;
  };
  const revive = async (replica: number): Promise<void> => {
    const env = { ...Object.fromEntries(bare), ...added, ...settings, EMAIL_HTTP_PORT: String(ports[replica]) };
    const started = startReplica({ name: `service ${replica + 1}`, env, restart: false });
    running[replica] = started;
    await started.ready(AbortSignal.timeout(readyLimitMs));
  };
  try {
    await Promise.all(ports.map((_, replica) => revive(replica)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ready: { ...ready, service: services[0] ?? '', services },
    kill,
    revive,
    async stop() {
      await Promise.all(running.map((replica) => replica?.stop()));
      await stop();
    },
  };
}
