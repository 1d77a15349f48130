/**
 * A Postroute for the length of the tour: `dev/start.ts --ephemeral`, quiet unless it fails.
 *
 * Guarantee: it ends when it is told to, and when this process ends in whatever way, because its IPC channel closes then. A session of its own keeps a
 * Ctrl-C in the terminal from stopping it before the tour has done with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { stopPid } from '../processes.ts';
import type { Pile } from '../start/pile.ts';

const script = fileURLToPath(new URL('../start.ts', import.meta.url));
/** The launcher gives its parts 25 s, each after the other at the worst. */
const stopLimitMs = 60_000;
const saidMax = 4_000;

const readySchema = z.object({ service: z.url(), apiKey: z.string(), sandbox: z.object({ control: z.url() }) });
export type OwnPostroute = z.infer<typeof readySchema>;

/** The last of what it said, without the service's log lines. */
const lastWords = (said: string): string =>
  said
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'))
    .slice(-5)
    .join('\n');

function readyLine(child: ChildProcess, signal: AbortSignal): Promise<OwnPostroute> {
  const { stdout, stderr } = child;
  let said = '';
  stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-saidMax);
  });
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
    child.once('error', (error) => reject(new Error(`dev/start.ts could not be started: ${error.message}`)));
    child.once('exit', (code, killedBy) =>
      reject(
        new Error(
          `the Postroute of this tour ended before it was ready (${killedBy ?? `exit code ${code}`}); it said:\n${lastWords(said)}`,
        ),
      ),
    );
    if (stdout !== null) createInterface({ input: stdout }).once('line', (line) => resolve(readySchema.parse(JSON.parse(line))));
  });
}

export async function startOwnPostroute(environment: NodeJS.ProcessEnv, pile: Pile, signal: AbortSignal): Promise<OwnPostroute> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, '--ephemeral'], {
    detached: true,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  pile.add({
    stop: async () => {
      if (child.pid !== undefined) await stopPid(child.pid, ['SIGTERM', 'SIGKILL'], stopLimitMs);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  });
  return readyLine(child, signal);
}
