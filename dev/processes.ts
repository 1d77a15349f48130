/** What the operating system knows about a process: whether it runs, since when, with which command; and how to end one in steps. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 25;

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A process that ended but was not yet collected by its parent still answers to signals.
  return readStat(pid)?.state !== 'Z';
}

function readStat(pid: number): { state: string; startTime: string } | null {
  try {
    // The second field is the program's name in parentheses and may hold anything, so count from its end.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
  } catch {
    return null;
  }
}

function ps(pid: number, column: string): string {
  return spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

/** Tells two processes apart that had the same pid, one after the other. Empty when there is no such process. */
export function processStart(pid: number): string {
  return readStat(pid)?.startTime ?? ps(pid, 'lstart');
}

/** The command line, or empty. */
export function taskCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ps(pid, 'command');
  }
}

async function hasEnded(pid: number, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; isRunning(pid); waitedMs += pollMs) {
    if (waitedMs >= limitMs) return false;
    await delay(pollMs);
  }
  return true;
}

/** Sends the signals one after the other, each with `limitMs` to work, until the process is gone. Answers the signal that it took, or null. */
export async function stopPid(pid: number, signals: readonly NodeJS.Signals[], limitMs: number): Promise<NodeJS.Signals | null> {
  for (const signal of signals) {
    if (!isRunning(pid)) return null;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    if (await hasEnded(pid, limitMs)) return signal;
  }
  throw new Error(`process ${pid} does not end, not even by ${signals.at(-1)}`);
}
