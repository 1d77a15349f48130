/** Where a run keeps its data: `.postroute/` of the checkout, held by a lock, or a new temporary folder that is removed at the end. */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../temporaryFolder.ts';
import { lockDataFolder } from './lock.ts';
import type { Pile } from './pile.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));

export function openDataFolder({ ephemeral, dataDir }: { ephemeral: boolean; dataDir: string | null }, pile: Pile): string {
  if (!ephemeral) {
    const folder = resolve(dataDir ?? `${checkout}.postroute`);
    const { release } = lockDataFolder(folder);
    pile.add({ stop: async () => release(), kill: release });
    return folder;
  }
  const folder = temporaryFolder('run');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // Killed at once, Postgres may still be writing; then its watchdog removes the folder.
  const tryRemove = (): void => {
    try {
      remove();
    } catch {
      return;
    }
  };
  pile.add({ stop: async () => remove(), kill: tryRemove });
  return folder;
}
