/**
 * Pods without a cluster: the containers that the chart asks for, started as processes with exactly the arguments, environment and files that it gives
 * them, and stopped as the kubelet stops them: out of the Service, the wait of preStop, SIGTERM, and a kill when the grace period is over. One thing is
 * other than in a cluster: all pods share one address, so that each has ports of its own.
 */

import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Manifest } from '../../../dev/chart/manifests.ts';
import { type PodStart, podStart, type SecretTexts } from '../../../dev/chart/podStart.ts';
import { freePort } from '../../../dev/ports.ts';
import { type Child, startChild } from '../../../dev/start/child.ts';
import { codeCacheFolder } from '../../../dev/start/codeCache.ts';
import { checkout } from '../../../dev/tool.ts';
import type { Front } from './front.ts';

/** A version of the service: a folder with its code, and one for what Node has compiled of it. */
export type Version = { name: string; folder: string; codeCache: string };

/** This checkout, copied, with one migration more than it has. */
export function nextVersion(folder: string, migration: string): Version {
  mkdirSync(folder, { recursive: true });
  for (const part of ['service', 'config', 'package.json']) cpSync(join(checkout, part), join(folder, part), { recursive: true });
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  const schema = join(folder, 'service/store/schema');
  const last = readdirSync(schema).filter((file) => file.endsWith('.sql')).length;
  writeFileSync(join(schema, `${String(last + 1).padStart(4, '0')}_of_the_next_version.sql`), migration);
  return { name: 'the new version', folder, codeCache: join(folder, '.code-cache') };
}

export const thisVersion: Version = { name: 'the old version', folder: checkout, codeCache: codeCacheFolder };

export type Pod = { version: Version; port: number; child: Child; start: PodStart };
export type Stopped = { pod: Pod; end: string; seconds: number };

type Cluster = { manifests: readonly Manifest[]; texts: SecretTexts; front: Front; folder: string; readyLimitMs: number };

export type Pods = {
  running(): readonly Pod[];
  /** Init container, container, and the wait until the Service sends callers there. */
  start(version: Version): Promise<Pod>;
  stop(pod: Pod, hearsAfterMs: number): Promise<Stopped>;
  kill(): void;
};

export function podsOf({ manifests, texts, front, folder, readyLimitMs }: Cluster): Pods {
  const pods: Pod[] = [];
  const used = new Set<number>();
  const taken = async (): Promise<string> => {
    const port = await freePort(used);
    used.add(port);
    return String(port);
  };
  const environment = async ({ codeCache }: Version, start: PodStart): Promise<NodeJS.ProcessEnv> => ({
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: codeCache,
    ...start.env,
    ROLES: 'api,worker',
    EMAIL_HTTP_PORT: await taken(),
    METRICS_PORT: await taken(),
  });

  return {
    running: () => pods,
    async start(version) {
      const files = join(folder, `pod-${used.size}`);
      const of = { manifests, role: 'api', folder: files, ...texts };
      const init = podStart({ ...of, container: 'migrate' });
      const ended = await run(version, init, await environment(version, init));
      if (ended !== 0) throw new Error(`the init container of ${version.name} ended with ${ended}`);
      const start = podStart(of);
      const env = await environment(version, start);
      const script = join(version.folder, start.args[0] ?? '');
      const pod = {
        version,
        port: Number(env['EMAIL_HTTP_PORT']),
        child: startChild({ name: version.name, script, env, readyLimitMs }),
        start,
      };
      pods.push(pod);
      front.watch(pod.port);
      await pod.child.ready;
      await front.untilReady(pod.port, readyLimitMs);
      return pod;
    },
    async stop(pod, hearsAfterMs) {
      const { preStopSeconds, graceSeconds } = pod.start;
      pods.splice(pods.indexOf(pod), 1);
      // Everybody who deals out connections hears of it in his own time, while the pod is in its preStop.
      const heard = pause(hearsAfterMs).then(() => front.remove(pod.port));
      await pause(preStopSeconds * 1000);
      await heard;
      const from = performance.now();
      process.kill(pod.child.pid, 'SIGTERM');
      const late = setTimeout(() => pod.child.kill(), (graceSeconds - preStopSeconds) * 1000);
      const end = await pod.child.ended;
      clearTimeout(late);
      return { pod, end, seconds: (performance.now() - from) / 1000 };
    },
    kill() {
      for (const { child } of pods) child.kill();
    },
  };
}

/** Answers the exit code. */
function run(version: Version, { args }: PodStart, env: NodeJS.ProcessEnv): Promise<number | null> {
  const child = spawn(
    process.execPath,
    args.map((script) => join(version.folder, script)),
    { env, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}
