/**
 * A process of ours: the sandbox or a service.
 *
 * Guarantee: it says that it is ready by one JSON line on its standard output, it ends when this process does (its IPC channel closes, however this
 * process died), and its end is never missed.
 * It has a session of its own, so that a Ctrl-C in the terminal does not stop everything at once and in no order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { stopPid } from '../processes.ts';
import { withCodeCache } from './codeCache.ts';

export type ChildOptions = {
  name: string;
  script: string;
  args?: readonly string[];
  nodeOptions?: readonly string[];
  env: NodeJS.ProcessEnv;
  readyLimitMs: number;
};

export type Child = {
  name: string;
  pid: number;
  /** The ready line, parsed. Rejects when the process ends first, or says nothing in time. */
  ready: Promise<unknown>;
  /** Resolves with `exit code 1` or the signal's name. */
  ended: Promise<string>;
  stop(limitMs: number): Promise<void>;
  kill(): void;
};

function readyLine(child: ChildProcess, name: string, ended: Promise<string>, limitMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} has not said that it is ready after ${limitMs / 1000} s`)), limitMs);
    ended.then((end) => {
      clearTimeout(timer);
      reject(new Error(`${name} ended before it was ready (${end}); what it said is above`));
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const parsed = parseLine(line);
      if (parsed === null) {
        process.stderr.write(`${line}\n`);
        return;
      }
      clearTimeout(timer);
      resolve(parsed);
    });
  });
}

function parseLine(line: string): { ready: true } | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'ready' in value && value.ready === true ? { ...value, ready: true } : null;
  } catch {
    return null;
  }
}

export function startChild({ name, script, args = [], nodeOptions = [], env, readyLimitMs }: ChildOptions): Child {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...nodeOptions, script, ...args], {
    detached: true,
    env: withCodeCache(env),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const ready = readyLine(child, name, ended, readyLimitMs);
  // Whoever waits for it sees the rejection; nobody may be waiting any more when it comes.
  ready.catch(() => {});
  const pid = child.pid ?? 0;
  return {
    name,
    pid,
    ready,
    ended,
    stop: async (limitMs) => {
      if (pid === 0) return;
      const signal = await stopPid(pid, ['SIGTERM', 'SIGKILL'], limitMs);
      if (signal === 'SIGKILL')
        process.stderr.write(`postroute: ${name} (process ${pid}) did not stop within ${limitMs / 1000} s and was killed\n`);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
