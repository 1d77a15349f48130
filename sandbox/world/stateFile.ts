/**
 * The snapshot on disk.
 *
 * Guarantee: the file is always one whole snapshot: it is written beside itself and renamed. What was touched less than `delayMs` before
 * a crash may be missing; a stop writes it.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { logFault } from './log.ts';

/** A burst of calls makes one write. */
const delayMs = 250;
/** A large world takes long to write; then it is written less often, so that writing takes no more than a tenth of the time. */
const shareMax = 10;

export interface StateFile {
  /** The last snapshot; null when there is none yet. */
  read(): string | null;
  /** Write soon. */
  touch(): void;
  /** Write now, if anything was touched. */
  flush(): void;
}

export function openStateFile(path: string, snapshot: () => string): StateFile {
  let timer: NodeJS.Timeout | undefined;
  let lastWriteMs = 0;

  function flush(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const startedMs = performance.now();
    const beside = `${path}.${process.pid}.tmp`;
    try {
      writeFileSync(beside, snapshot(), { mode: 0o600 });
      renameSync(beside, path);
    } finally {
      rmSync(beside, { force: true });
    }
    lastWriteMs = performance.now() - startedMs;
  }

  /** A full disk must not end the world that is kept in memory. */
  function flushLater(): void {
    try {
      flush();
    } catch (cause) {
      logFault(`the state could not be written to ${path}`, cause);
    }
  }

  return {
    read: () => (existsSync(path) ? readFileSync(path, 'utf8') : null),
    touch: () => {
      timer ??= setTimeout(flushLater, Math.max(delayMs, lastWriteMs * shareMax));
    },
    flush,
  };
}
