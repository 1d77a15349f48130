/**
 * The files of one database cluster: `data/` (initdb's), `password` (the superuser's, 0600) and `postgres.log`.
 *
 * Guarantee: after `prepareCluster` there is a whole cluster that no server runs on.
 * Mechanism: initdb works on `data.new`, which is renamed when it is whole, so one that was cut off is begun anew. A server that a killed launcher left
 * behind is asked to stop first; a pid file whose process is not that server is removed, because Postgres itself would believe a reused pid.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, stopPid, taskCommand } from '../processes.ts';
import type { Site } from './site.ts';

const majorWanted = '18';
const stopLimitMs = 10_000;

export type Cluster = { dataPath: string; logPath: string; password: string };

function run(site: Site, binary: string, args: readonly string[]): void {
  const { command, args: all, uid, gid } = site.account.invoke(binary, args);
  const identity = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  const result = spawnSync(command, all, { cwd: '/', encoding: 'utf8', env: { PATH: process.env['PATH'], TZ: 'UTC' }, ...identity });
  if (result.error !== undefined) throw new Error(`initdb could not be started: ${result.error.message}`, { cause: result.error });
  if (result.status === 0) return;
  const remedy = /user does not exist/.test(result.stderr)
    ? 'Give this user an entry in /etc/passwd, or set DATABASE_URL to a PostgreSQL 18 of your own.\n'
    : '';
  throw new Error(`initdb failed (exit code ${result.status}):\n${result.stdout}${result.stderr}${remedy}`);
}

function initialise(site: Site, dataPath: string, durable: boolean): void {
  const passwordPath = join(site.folder, 'password');
  const unfinished = `${dataPath}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordPath, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  const owner = site.account.owner;
  if (owner !== null) chownSync(passwordPath, owner.uid, owner.gid);
  // The builtin provider sorts and folds the same on every machine, whatever its C library or ICU.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordPath}`];
  run(site, site.binaries.initdb, ['-D', unfinished, ...access, ...locale, '--no-instructions', ...(durable ? [] : ['--no-sync'])]);
  renameSync(unfinished, dataPath);
}

async function stopLeftover(dataPath: string): Promise<void> {
  const pidPath = join(dataPath, 'postmaster.pid');
  if (!existsSync(pidPath)) return;
  const pid = Number(readFileSync(pidPath, 'utf8').split('\n')[0]);
  const ours = Number.isInteger(pid) && pid > 0 && isRunning(pid) && taskCommand(pid).includes(dataPath);
  // SIGINT is Postgres's fast shutdown, SIGQUIT its immediate one.
  if (ours) await stopPid(pid, ['SIGINT', 'SIGQUIT', 'SIGKILL'], stopLimitMs);
  rmSync(pidPath, { force: true });
}

export async function prepareCluster(site: Site, durable: boolean): Promise<Cluster> {
  const dataPath = join(site.folder, 'data');
  const versionPath = join(dataPath, 'PG_VERSION');
  if (!existsSync(versionPath)) initialise(site, dataPath, durable);
  const version = readFileSync(versionPath, 'utf8').trim();
  if (version !== majorWanted) {
    throw new Error(
      `${dataPath} was made by PostgreSQL ${version}, and this is ${majorWanted}; move that folder away to begin with an empty database`,
    );
  }
  await stopLeftover(dataPath);
  const password = readFileSync(join(site.folder, 'password'), 'utf8').trim();
  return { dataPath, logPath: join(site.folder, 'postgres.log'), password };
}
