/**
 * Under which user Postgres runs. It refuses to run as root, so root starts it as somebody else: the owner of an existing data folder, or `nobody`.
 *
 * A clone under root's home (mode 0700) is closed to that user. Then it is given one capability, to search and read folders, by util-linux `setpriv`;
 * where the container does not have that capability to give, the wider DAC_OVERRIDE, which most containers do have. Each way is tried before it is
 * used, so that access lists, mount options and security modules all count and no mode bits are guessed at.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

export type Invocation = { command: string; args: string[]; uid?: number; gid?: number };

export type Account = {
  /** Who must own what Postgres writes; null: this process's own user. */
  owner: { uid: number; gid: number } | null;
  /** How a binary with arguments is run as that user. */
  invoke(binary: string, args: readonly string[]): Invocation;
  /** A sentence about anything unusual, for the person who watches. */
  note: string | null;
};

const nobody = { uid: 65_534, gid: 65_534 };
const ownAccount: Account = { owner: null, invoke: (binary, args) => ({ command: binary, args: [...args] }), note: null };

function dropTo(owner: { uid: number; gid: number }): Account {
  return { owner, invoke: (binary, args) => ({ command: binary, args: [...args], ...owner }), note: null };
}

/** The secure bit makes access(2) count the capability: initdb and postgres ask it about their own files, and the kernel ignores capabilities there. */
function dropWithCapability(owner: { uid: number; gid: number }, capability: string, closed: string): Account {
  const prefix = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
    '--securebits=+no_setuid_fixup',
  ];
  return {
    owner,
    invoke: (binary, args) => ({ command: 'setpriv', args: [...prefix, '--', binary, ...args] }),
    note: `PostgreSQL runs as user ${owner.uid} with the capability ${capability}, because ${closed} is closed to that user`,
  };
}

/** The outermost folder on the way to `path` that others may not enter; `path` itself when it is not a matter of mode bits. */
function closedAncestor(path: string): string {
  const parent = dirname(path);
  const above = parent === path ? null : closedAncestor(parent);
  if (above !== null && above !== parent) return above;
  return statSync(parent).mode & 0o001 ? path : parent;
}

/** Whether, run this way, the folder can be entered and written, and initdb finds its companions (`--show` looks, and changes nothing). */
export function canRun(account: Account, initdb: string, folder: string): boolean {
  const { command, args, uid, gid } = account.invoke('/bin/sh', [
    '-c',
    'cd "$1" && [ -w . ] && exec "$2" --show -D data',
    'sh',
    folder,
    initdb,
  ]);
  const result = spawnSync(command, args, {
    cwd: '/',
    stdio: 'ignore',
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  return result.status === 0;
}

/** The user that the folder is to belong to, before anybody knows whether that user can reach it. */
export function ownerFor(folder: string): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? nobody : { uid, gid };
}

/** The first way to run over `folder` (which must exist, and belong to `owner`) that works; null when none does. */
export function findAccount(owner: { uid: number; gid: number } | null, initdb: string, folder: string): Account | null {
  if (owner === null) {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return ownAccount;
  }
  const closed = closedAncestor(folder);
  const ways = [dropTo(owner), dropWithCapability(owner, 'dac_read_search', closed), dropWithCapability(owner, 'dac_override', closed)];
  return ways.find((way) => canRun(way, initdb, folder)) ?? null;
}
