/** Writes a file that only its owner can read, and that is there whole or not at all: a start that is killed leaves no half file for the next one. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';

export function writePrivately(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.new`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' });
  renameSync(unfinished, path);
}
