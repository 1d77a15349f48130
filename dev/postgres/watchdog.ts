/**
 * Ends a Postgres whose launcher is gone. Guarantee: within a second of the launcher's death, even by SIGKILL, the server gets its immediate shutdown
 * (the next start recovers from the log, as after a power cut), and a temporary folder is removed after it.
 * Mechanism: a shell in its own session blocks on a pipe whose only writer is the launcher; the kernel closes that pipe when the launcher dies.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** $1 the server's pid, $2 the folder to remove afterwards or nothing. Ends by itself when the server is gone after the launcher. */
const script = `
trap '' INT TERM HUP
read -r _
kill -QUIT "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -eq 50 ] && kill -KILL "$1"
  sleep 0.1
done
[ -z "$2" ] || rm -rf -- "$2"
`;

export function startWatchdog(postgresPid: number, temporaryFolder: string | null): ChildProcess {
  const child = spawn('/bin/sh', ['-c', script, 'postroute-postgres-watchdog', String(postgresPid), temporaryFolder ?? ''], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  return child;
}
