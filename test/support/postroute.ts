/**
 * The whole product as processes, for tests of what only processes show: crashes, signals, two replicas. Started by dev/start.ts with `--ephemeral`, so
 * that runs beside each other share nothing; it stops when the test process is gone, in whatever way.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ReadyLine } from '../../dev/start/readyLine.ts';
import { type ApiClient, operatorClient } from './apiClient.ts';

export type ExitStatus = { code: number | null; signal: NodeJS.Signals | null };

export type StartedProcess = {
  child: ChildProcess;
  /** What it has said on standard error so far. */
  log(): string;
  ended: Promise<ExitStatus>;
};

export type Postroute = Omit<StartedProcess, 'child'> & {
  ready: ReadyLine;
  pid: number;
  api: ApiClient;
  /** Asks the launcher to stop, as a person would; resolves when it has ended. */
  stop(): Promise<ExitStatus>;
  /** Kills one process at once, `ready.pids.service[0]` for example. */
  kill(pid: number): void;
};

const script = fileURLToPath(new URL('../../dev/start.ts', import.meta.url));

/** dev/start.ts with exactly these arguments; settings of the run that tests this stay outside. */
export function spawnStart(args: readonly string[], environment: Record<string, string> = {}): StartedProcess {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(EMAIL_|POSTROUTE_|ARDA_|DATABASE_URL$|SENTRY_DSN$|METRICS_PORT$|ROLES$|PARTITION$)/.test(name),
  );
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...Object.fromEntries(kept), ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = new Promise<ExitStatus>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  return { child, log: () => log, ended };
}

/** The launcher's ready line; rejects with everything it said when it ends instead. */
export async function readReadyLine({ child, log, ended }: StartedProcess): Promise<ReadyLine> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the launcher has no standard output');
  const line = new Promise<string>((resolve) => createInterface({ input: stdout }).once('line', resolve));
  const first = await Promise.race([line, ended]);
  if (typeof first !== 'string') throw new Error(`the launcher ended (${first.signal ?? first.code}) before it was ready:\n${log()}`);
  return JSON.parse(first);
}

export async function startPostroute(flags: readonly string[] = [], environment: Record<string, string> = {}): Promise<Postroute> {
  const started = spawnStart(['--ephemeral', ...flags], environment);
  const ready = await readReadyLine(started);
  return {
    log: started.log,
    ended: started.ended,
    ready,
    pid: started.child.pid ?? 0,
    api: operatorClient(ready.service ?? '', ready.apiKey),
    stop: async () => {
      started.child.kill('SIGTERM');
      return started.ended;
    },
    kill: (pid) => {
      process.kill(pid, 'SIGKILL');
    },
  };
}
