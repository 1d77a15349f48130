/**
 * Runs the verb's script as a child, hands every request to stop on to it, and ends as it ended. Under npm it also stops when npm is gone: a killed
 * npm cannot pass a signal on, and what it started would run for ever. The IPC channel tells the child the same about this process.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const parentCheckMs = 500;

export function runVerb(node, script, args) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));

  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), parentCheckMs);
  watch.unref();
  if (process.env.npm_lifecycle_event === undefined) clearInterval(watch);

  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`${node} could not be started (${error.code})`)));
    child.on('exit', (code, signal) => {
      clearInterval(watch);
      process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
      resolve();
    });
  });
}
