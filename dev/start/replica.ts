/**
 * One service, on its own ports for as long as `npm start` runs. A replica that ends is reported, and started again only with `--restart`: somebody who
 * kills one wants to see what happens then.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, startChild } from './child.ts';

const readySchema = z.object({ url: z.url(), metrics: z.url() });
export type ServiceFacts = z.infer<typeof readySchema>;

export type ReplicaOptions = { name: string; env: NodeJS.ProcessEnv; restart: boolean };

export type Replica = {
  pid(): number;
  /** Its addresses, once `GET /readyz` answers 200. */
  ready(signal: AbortSignal): Promise<ServiceFacts>;
  stop(): Promise<void>;
  kill(): void;
};

const script = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
/** V8's default young generation of 16 MB grows to 3 × 16 in an idle process that polls, and its pages stay: 195 MB of RSS after half a minute against
 * 145 MB with this. Under load the small one costs a request a third to a half more, so what is measured is given the image's by NODE_OPTIONS. */
const nodeOptions = /semi-space-size/.test(process.env['NODE_OPTIONS'] ?? '') ? [] : ['--max-semi-space-size=4'];
const readyLimitMs = 60_000;
const lookMs = 50;
/** The service gives itself `shutdown.timeoutSeconds` (20); past that it hangs. */
const stopLimitMs = 25_000;
/** Doubles while it keeps ending early, so that one that cannot start does not take the machine. */
const restartMs = { first: 200, most: 10_000, settled: 30_000 };

async function answersReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}

async function untilReady(child: Child, signal: AbortSignal): Promise<ServiceFacts> {
  const facts = readySchema.parse(await child.ready);
  let end: string | null = null;
  child.ended.then((sentence) => {
    end = sentence;
  });
  for (let waitedMs = 0; waitedMs < readyLimitMs; waitedMs += lookMs) {
    signal.throwIfAborted();
    if (end !== null) throw new Error(`${child.name} ended before it was ready (${end}); what it said is above`);
    if (await answersReady(facts.url)) return facts;
    await delay(lookMs);
  }
  throw new Error(`${child.name} listens on ${facts.url}, but GET /readyz does not answer 200; ask it why`);
}

export function startReplica({ name, env, restart }: ReplicaOptions): Replica {
  let stopping = false;
  let waitMs = restartMs.first;
  const begin = (): Child => startChild({ name, script, nodeOptions, env, readyLimitMs });
  let child = begin();

  const watch = async (watched: Child): Promise<void> => {
    const startedAt = performance.now();
    const end = await watched.ended;
    if (stopping) return;
    process.stderr.write(
      `postroute: ${name} (process ${watched.pid}) ended: ${end}${restart ? '' : '; it is not started again (see --restart)'}\n`,
    );
    if (!restart) return;
    waitMs = performance.now() - startedAt > restartMs.settled ? restartMs.first : Math.min(waitMs * 2, restartMs.most);
    await delay(waitMs, undefined, { ref: false });
    if (stopping) return;
    child = begin();
    process.stderr.write(`postroute: ${name} was started again as process ${child.pid}\n`);
    await watch(child);
  };
  void watch(child);

  return {
    pid: () => child.pid,
    ready: (signal) => untilReady(child, signal),
    stop: async () => {
      stopping = true;
      await child.stop(stopLimitMs);
    },
    kill: () => {
      stopping = true;
      child.kill();
    },
  };
}
