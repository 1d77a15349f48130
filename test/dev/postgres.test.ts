import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startPostgres } from '../../dev/postgres.ts';
import { isRunning, taskCommand } from '../../dev/processes.ts';

const limitMs = 60_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postroute-postgres-'));
  chmodSync(folder, 0o711);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function ask(url: string, query: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(query)).rows[0];
  } finally {
    await client.end();
  }
}

const module = new URL('../../dev/postgres.ts', import.meta.url).href;

/** A launcher that starts a server in this folder and then does nothing. */
async function launch(dataDir: string, temporary: boolean): Promise<{ launcher: number; server: number; url: string }> {
  const options = JSON.stringify({ dataDir, durable: false, ...(temporary ? { temporaryFolder: dataDir } : {}) });
  const script = `const { startPostgres } = await import('${module}');
    const server = await startPostgres(${options});
    console.log(JSON.stringify({ server: server.pid, url: server.url('postgres') }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  return { launcher: child.pid ?? 0, ...JSON.parse(line) };
}

/** Looked for among all: threads of others take numbers as well, so that it need not be near its server's. */
function watchdogOf(server: number): number {
  const pids = existsSync('/proc/self') ? readdirSync('/proc').map(Number) : Array.from({ length: 400 }, (_, index) => server + index + 1);
  return pids.find((pid) => pid > 0 && taskCommand(pid).includes(`postroute-postgres-watchdog ${server} `)) ?? 0;
}

describe('PostgreSQL', { timeout: limitMs }, () => {
  test('listens on loopback alone, needs its password, and is gone after stop', async () => {
    const server = await startPostgres({ dataDir: folder, durable: true });
    expect(
      await ask(
        server.url('postgres'),
        `SELECT current_setting('listen_addresses') AS host, current_setting('unix_socket_directories') AS socket, current_setting('fsync') AS fsync`,
      ),
    ).toEqual({
      host: '127.0.0.1',
      socket: '',
      fsync: 'on',
    });
    await expect(ask(server.url('postgres').replace(/:[0-9a-f]{48}@/, ':@'), 'SELECT 1')).rejects.toThrow(/password/);
    expect(statSync(join(server.folder, 'password')).mode & 0o077).toBe(0);
    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
    expect(await server.ended).toMatch(/PostgreSQL ended \(exit code 0\)/);
  });

  test('ends soon after its launcher was killed, and its temporary folder with it', async () => {
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary, { mode: 0o711 });
    const { launcher, server } = await launch(temporary, true);
    process.kill(launcher, 'SIGKILL');
    await expect.poll(() => isRunning(server), { timeout: 45_000 }).toBe(false);
    await expect.poll(() => statSync(temporary, { throwIfNoEntry: false }), { timeout: 45_000 }).toBeUndefined();
  });

  test('that was left behind by a killed launcher and a killed watchdog is stopped by the next start, with nothing lost', async () => {
    const { launcher, server, url } = await launch(folder, false);
    await ask(url, 'CREATE TABLE kept (id integer)');
    const watchdog = watchdogOf(server);
    expect(watchdog, 'the watchdog is found').toBeGreaterThan(0);
    process.kill(watchdog, 'SIGKILL');
    process.kill(launcher, 'SIGKILL');
    const next = await startPostgres({ dataDir: folder, durable: false });
    expect(isRunning(server)).toBe(false);
    expect(await ask(next.url('postgres'), 'SELECT count(*)::integer AS count FROM kept')).toEqual({ count: 0 });
    await next.stop();
  });

  test('starts although another process has the pid of its last run', async () => {
    const first = await startPostgres({ dataDir: folder, durable: false });
    const pidFile = join(first.folder, 'data/postmaster.pid');
    const text = readFileSync(pidFile, 'utf8');
    await first.stop();
    writeFileSync(pidFile, text.replace(/^\d+/, String(process.pid)), { mode: 0o600 });
    const second = await startPostgres({ dataDir: folder, durable: false });
    expect(isRunning(process.pid)).toBe(true);
    await second.stop();
  });

  test('begins anew when its first start was cut off', async () => {
    mkdirSync(join(folder, 'data.new/base'), { recursive: true });
    const server = await startPostgres({ dataDir: folder, durable: false });
    expect(await ask(server.url('postgres'), 'SELECT 1 AS one')).toEqual({ one: 1 });
    await server.stop();
  });

  test('refuses a folder of another version by name', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data/PG_VERSION'), '16\n');
    await expect(startPostgres({ dataDir: folder, durable: false })).rejects.toThrow(
      /was made by PostgreSQL 16, and this is 18; move that folder away/,
    );
  });

  test.runIf(process.getuid?.() === 0)('runs for root as somebody else, also below a folder that is closed to everybody else', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const server = await startPostgres({ dataDir: join(closed, 'postgres'), durable: false });
    expect(await ask(server.url('postgres'), 'SELECT 1 AS one')).toEqual({ one: 1 });
    expect(readFileSync(`/proc/${server.pid}/status`, 'utf8')).toMatch(/^Uid:\t(?!0\t)/m);
    expect(server.note).toMatch(/because .* is closed to that user|cannot reach/);
    await server.stop();
  });
});
