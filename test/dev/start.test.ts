import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort, isFree } from '../../dev/ports.ts';
import { isRunning } from '../../dev/processes.ts';
import type { ReadyLine } from '../../dev/start/readyLine.ts';
import { readReadyLine, type StartedProcess, spawnStart } from '../support/postroute.ts';

/** A start is some seconds of work for two cores that other tests share. */
const limitMs = 90_000;

let folder: string;
let started: StartedProcess[];
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postroute-start-'));
  started = [];
});
afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGTERM');
    await ended;
  }
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[], environment: Record<string, string> = {}): StartedProcess {
  const process = spawnStart(args, environment);
  started.push(process);
  return process;
}

const portFlags = [
  'port',
  'postmark-port',
  'route53-port',
  'kms-port',
  'dns-port',
  'smtp-port',
  'sentry-port',
  'control-port',
  'resolver-port',
  'aws-port',
  'postgres-port',
];

/** A start that keeps its data, in this test's folder and away from the documented ports, which a person may be using. */
const kept = (): string[] => ['--no-service', '--data-dir', folder, ...portFlags.flatMap((flag) => [`--${flag}`, '0'])];

async function occupy(): Promise<number> {
  const port = await freePort();
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return port;
}

const isAnswered = (address: string): Promise<boolean> => {
  const { hostname, port } = new URL(`tcp://${address}`);
  return isFree(Number(port), hostname).then((isUnheld) => !isUnheld);
};

const allPids = ({ pids }: ReadyLine): number[] => [...pids.service, pids.sandbox, pids.postgres ?? 0].filter((pid) => pid > 0);

const untilGone = (pids: readonly number[]) => expect.poll(() => pids.filter(isRunning), { timeout: 45_000, interval: 50 }).toEqual([]);

describe('a run', { timeout: limitMs }, () => {
  test('that is asked to stop leaves no process and no folder, and exits 0', async () => {
    const run = start(['--ephemeral', '--no-service']);
    const ready = await readReadyLine(run);
    expect(existsSync(ready.dataDir)).toBe(true);
    expect(allPids(ready).every(isRunning)).toBe(true);
    const { smtp, resolver, aws } = ready.sandbox;
    for (const address of [smtp, resolver, new URL(aws).host]) expect(await isAnswered(address), address).toBe(true);
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(allPids(ready).filter(isRunning)).toEqual([]);
    expect(existsSync(ready.dataDir)).toBe(false);
  });

  test('whose launcher is killed leaves no process and no folder either', async () => {
    const run = start(['--ephemeral', '--no-service']);
    const ready = await readReadyLine(run);
    run.child.kill('SIGKILL');
    await run.ended;
    await untilGone(allPids(ready));
    await expect.poll(() => existsSync(ready.dataDir), { timeout: 45_000, interval: 50 }).toBe(false);
  });

  test.each([
    ['the sandbox', (ready: ReadyLine) => ready.pids.sandbox],
    ['PostgreSQL', (ready: ReadyLine) => ready.pids.postgres ?? 0],
  ])('ends with exit code 1, all of it, and says so when %s dies', async (name, pidOf) => {
    const run = start(['--ephemeral', '--no-service']);
    const ready = await readReadyLine(run);
    process.kill(pidOf(ready), 'SIGKILL');
    expect(await run.ended).toEqual({ code: 1, signal: null });
    expect(run.log()).toMatch(new RegExp(`postroute: ${name} ended.*SIGKILL`));
    await untilGone(allPids(ready));
    expect(existsSync(ready.dataDir)).toBe(false);
  });

  test('gives a migrated database that needs its password, and private files', async () => {
    const run = start(kept());
    const { databaseUrl, dataDir } = await readReadyLine(run);
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const { rows } = await client.query<{ migrations: string }>('SELECT count(*) AS migrations FROM schema_migration');
    expect(Number(rows[0]?.migrations)).toBeGreaterThan(0);
    await client.end();
    const stranger = new Client({ connectionString: databaseUrl.replace(/:[0-9a-f]+@/, ':wrong@') });
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/);
    for (const name of ['secrets.json', 'material-registry.json', 'service.env']) {
      expect(statSync(join(dataDir, name)).mode & 0o077, name).toBe(0);
    }
  });

  test('that is started again finds its data, its secrets and its registry', async () => {
    const first = start(kept());
    const before = await readReadyLine(first);
    const client = new Client({ connectionString: before.databaseUrl });
    await client.connect();
    await client.query('CREATE TABLE kept (id integer)');
    await client.end();
    // Not asked to stop: what a power cut leaves is found as well as what a good end leaves.
    first.child.kill('SIGKILL');
    await first.ended;
    await untilGone(allPids(before));
    const after = await readReadyLine(start(kept()));
    expect(after).toMatchObject({ apiKey: before.apiKey, dataDir: before.dataDir });
    const again = new Client({ connectionString: after.databaseUrl });
    await again.connect();
    await again.query('SELECT FROM kept');
    await again.end();
  });
});

describe('a start is refused, leaves nothing, and says why', { timeout: limitMs }, () => {
  test('when one runs in the same folder: who, since when, and where', async () => {
    const first = start(kept());
    await readReadyLine(first);
    const second = start(kept());
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.log()).toMatch(
      new RegExp(`already runs here: process ${first.child.pid}, since \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z, in ${folder}`),
    );
    expect(isRunning(first.child.pid ?? 0)).toBe(true);
  });

  test('when ports are taken: each with what it is for and how to move it', async () => {
    const [api, kms] = [await occupy(), await occupy()];
    const run = start([
      '--data-dir',
      folder,
      ...portFlags.flatMap((flag) => [`--${flag}`, flag === 'port' ? String(api) : flag === 'kms-port' ? String(kms) : '0']),
    ]);
    expect(await run.ended).toEqual({ code: 1, signal: null });
    expect(run.log()).toContain(
      `port ${api} of 127.0.0.1 is taken; it is for the service's API. Free it, or choose another with --port N or EMAIL_HTTP_PORT=N`,
    );
    expect(run.log()).toContain(
      `port ${kms} of 127.0.0.1 is taken; it is for the sandbox's KMS. Free it, or choose another with --kms-port N or POSTROUTE_KMS_PORT=N`,
    );
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  test("when PostgreSQL's port is taken", async () => {
    const port = await occupy();
    const run = start(['--ephemeral', '--no-service'], { POSTROUTE_POSTGRES_PORT: String(port) });
    expect(await run.ended).toEqual({ code: 1, signal: null });
    expect(run.log()).toContain(
      `port ${port} of 127.0.0.1 is taken; it is for PostgreSQL. Free it, or choose another with --postgres-port N`,
    );
  });

  test('when the database does not answer, without repeating its password', async () => {
    const port = await freePort();
    const run = start(['--ephemeral', '--no-service'], { DATABASE_URL: `postgres://user:hunter2@127.0.0.1:${port}/none` });
    expect(await run.ended).toEqual({ code: 1, signal: null });
    expect(run.log()).toContain('ECONNREFUSED');
    expect(run.log()).not.toContain('hunter2');
  });

  test('when a flag is not known, with exit code 2', async () => {
    const run = start(['--ephemeral', '--replica', '2']);
    expect(await run.ended).toEqual({ code: 2, signal: null });
    expect(run.log()).toMatch(/unknown flag --replica\n[\s\S]*--replicas N/);
  });
});
