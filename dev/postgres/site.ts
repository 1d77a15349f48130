/**
 * Where this Postgres lives and how it is run: the folder asked for, or, where the user that Postgres needs can in no way reach it, a place of the same
 * kind in the system's temporary folder (said in a note: what lies there may be gone after a reboot).
 */
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Account, findAccount, ownerFor } from './account.ts';
import { type PostgresBinaries, postgresBinaries } from './binaries.ts';

export type Site = { folder: string; binaries: PostgresBinaries; account: Account; note: string | null };

function own(folder: string, owner: { uid: number; gid: number } | null): void {
  if (owner === null) return;
  chownSync(folder, owner.uid, owner.gid);
}

/** In a folder that everybody may write to, a name that can be foreseen must be checked to be ours. */
function refuseForeign(path: string): void {
  const { uid } = lstatSync(path);
  if (uid !== process.getuid?.())
    throw new Error(`${path} exists and belongs to user ${uid}; remove it, or set DATABASE_URL to a PostgreSQL of your own`);
}

function elsewhere(wanted: string, binaries: PostgresBinaries, owner: { uid: number; gid: number }): Site {
  const base = join(tmpdir(), `postroute-postgres-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`);
  mkdirSync(base, { recursive: true, mode: 0o711 });
  refuseForeign(base);
  chmodSync(base, 0o711);
  const home = join(base, 'home');
  if (!existsSync(join(home, 'bin', 'postgres'))) cpSync(binaries.home, home, { recursive: true, verbatimSymlinks: true });
  const folder = join(base, 'cluster');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  own(folder, owner);
  const copied = { home, initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres') };
  const account = findAccount(owner, copied.initdb, folder);
  if (account === null) {
    throw new Error(
      `PostgreSQL refuses to run as root, and this root cannot run it as user ${owner.uid} either, not even in ${base}. ` +
        'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL 18 of your own',
    );
  }
  const note = `PostgreSQL's data is in ${folder}, because user ${owner.uid}, which it runs as, cannot reach ${wanted}`;
  return { folder, binaries: copied, account, note };
}

export async function chooseSite(dataDir: string): Promise<Site> {
  const folder = resolve(dataDir);
  const binaries = await postgresBinaries();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const owner = ownerFor(folder);
  own(folder, owner);
  const account = findAccount(owner, binaries.initdb, folder);
  if (account !== null) return { folder, binaries, account, note: account.note };
  if (owner === null) throw new Error(`${folder} cannot be used as the data folder of PostgreSQL: initdb does not run there`);
  return elsewhere(folder, binaries, owner);
}
