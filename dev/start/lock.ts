/**
 * One `npm start` per data folder.
 *
 * Guarantee: while the holder runs, a second start is refused with the holder's pid, since when, and the folder; a holder that is dead holds nothing,
 * even when its pid was given to another process.
 * Mechanism: the lock file appears whole or not at all (a hard link to a finished file), and names its process by pid and by the start time that the
 * operating system keeps for it.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning, processStart } from '../processes.ts';

const holderSchema = z.object({ pid: z.number().int(), processStart: z.string(), since: z.string() });
type Holder = z.infer<typeof holderSchema>;

export type DataFolderLock = { release(): void };

function readHolder(path: string): { text: string; holder: Holder | null } | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  try {
    return { text, holder: holderSchema.parse(JSON.parse(text)) };
  } catch {
    // Not ours, or cut by a full disk: nobody can be behind it.
    return { text, holder: null };
  }
}

const isHeld = (holder: Holder | null): holder is Holder =>
  holder !== null && isRunning(holder.pid) && processStart(holder.pid) === holder.processStart;

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a dead holder's file away, unless another start has put its own there in the meantime: then that one goes back. */
function removeStale(path: string, staleText: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readFileSync(aside, 'utf8') !== staleText) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o711 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${folder} cannot be a folder for data (${code}); name another with --data-dir DIR or POSTROUTE_DATA_DIR`, {
      cause: error,
    });
  }
}

export function lockDataFolder(folder: string): DataFolderLock {
  const path = join(folder, 'lock');
  const own = `${path}.${process.pid}`;
  makeFolder(folder);
  const text = JSON.stringify({ pid: process.pid, processStart: processStart(process.pid), since: new Date().toISOString() });
  writeFileSync(own, `${text}\n`);
  try {
    while (!tryLink(own, path)) {
      const found = readHolder(path);
      if (found === null) continue;
      if (isHeld(found.holder)) {
        const { pid, since } = found.holder;
        throw new Error(
          `"npm start" already runs here: process ${pid}, since ${since}, in ${folder}. Stop it (kill ${pid}), or run another beside it with: npm start -- --ephemeral`,
        );
      }
      removeStale(path, found.text);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    release: () => {
      if (readHolder(path)?.holder?.pid === process.pid) rmSync(path, { force: true });
    },
  };
}
