/** A new folder of our own. Others may walk through it but not look around: root's Postgres runs as another user and must reach its data in there. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function temporaryFolder(name: string, parent: string = tmpdir()): string {
  const folder = mkdtempSync(join(parent, `postroute-${name}-`));
  chmodSync(folder, 0o711);
  return folder;
}
