import { type SpawnOptions, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let root: string;
let tools: string;

/** npm as it behaves, without a registry: each call is noted; `ci` empties node_modules first and writes the hidden lock file last. */
const fakeNpm = (behaviour: string): string => `#!/bin/sh
echo "$*" >> "${root}/calls"
${behaviour}
rm -rf node_modules
mkdir -p node_modules/.bin
ln -s "${process.execPath}" node_modules/.bin/node
sleep 0.3
cp package-lock.json node_modules/.package-lock.json
`;

function putNpm(behaviour = ''): void {
  writeFileSync(join(tools, 'npm'), fakeNpm(behaviour));
  chmodSync(join(tools, 'npm'), 0o755);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'postroute-bootstrap-'));
  tools = join(root, 'tools');
  mkdirSync(tools);
  cpSync(fileURLToPath(new URL('../../dev/bootstrap', import.meta.url)), join(root, 'dev/bootstrap'), { recursive: true });
  cpSync(fileURLToPath(new URL('../../dev/bootstrap.mjs', import.meta.url)), join(root, 'dev/bootstrap.mjs'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {} } }));
  writeFileSync(join(root, 'dev/echo.ts'), 'process.stdout.write(JSON.stringify(process.argv.slice(2)));');
  writeFileSync(join(root, 'dev/fail.ts'), 'const code: number = 7; process.exit(code);');
  writeFileSync(
    join(root, 'dev/wait.ts'),
    `process.on('SIGTERM', () => process.exit(3)); process.stdout.write('waiting'); setInterval(() => {}, 1000);`,
  );
  putNpm();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function start(args: readonly string[]) {
  const { npm_execpath: _npm, npm_lifecycle_event: _event, ...rest } = process.env;
  const options: SpawnOptions = { env: { ...rest, PATH: `${tools}:${process.env['PATH']}` }, stdio: ['ignore', 'pipe', 'pipe'] };
  const child = spawn(process.execPath, [join(root, 'dev/bootstrap.mjs'), ...args], options);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  return { child, ended, stdout: () => stdout };
}

const run = (...args: string[]) => start(args).ended;
const calls = (): string[] => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : []);

describe('a verb', () => {
  test('gets its arguments, and its exit code is the exit code', async () => {
    expect(await run('echo', '--a', 'b c')).toMatchObject({ code: 0, stdout: '["--a","b c"]' });
    expect(await run('fail')).toMatchObject({ code: 7 });
  });

  test('is told to stop when the bootstrap is, and decides how it ends', async () => {
    const { child, ended, stdout } = start(['wait']);
    await expect.poll(stdout, { timeout: 45_000 }).toBe('waiting');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 3 });
  });

  test('that does not exist is named', async () => {
    expect(await run('nonsense')).toMatchObject({
      code: 1,
      stderr: 'postroute: there is no verb "nonsense": dev/nonsense.ts does not exist\n',
    });
    expect(await run('../echo')).toMatchObject({ code: 1 });
    expect(calls()).toEqual([]);
  });
});

describe('packages are installed', () => {
  test('when they are missing, and not again', async () => {
    const first = await run('echo');
    expect(first.stderr).toMatch(/^postroute: installing what package-lock\.json names.*\npostroute: installed in \d+ s\n$/);
    expect(await run('echo')).toMatchObject({ stderr: '' });
    expect(calls()).toEqual(['ci --include=dev --loglevel=error --no-audit --no-fund']);
  });

  test('again when the lock file has changed', async () => {
    await run('echo');
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, 'node_modules/new': { version: '1.0.0' } } }));
    await run('echo');
    expect(calls()).toHaveLength(2);
  });

  test('not when somebody has run npm themselves', async () => {
    await run('echo');
    rmSync(join(root, 'node_modules/.postroute-stamp'));
    await run('echo');
    expect(calls()).toHaveLength(1);
  });

  test('again when an earlier install was cut off', async () => {
    await run('echo');
    rmSync(join(root, 'node_modules/.postroute-stamp'));
    rmSync(join(root, 'node_modules/.package-lock.json'));
    await run('echo');
    expect(calls()).toHaveLength(2);
  });

  test('once, when several verbs start at the same time', async () => {
    const results = await Promise.all([run('echo'), run('echo'), run('echo')]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(calls()).toHaveLength(1);
  });

  test('also when the one that was installing has died', async () => {
    mkdirSync(join(root, '.postroute/install.lock'), { recursive: true });
    const dead = start(['nonsense']);
    await dead.ended;
    writeFileSync(join(root, '.postroute/install.lock/pid'), String(dead.child.pid));
    expect(await run('echo')).toMatchObject({ code: 0 });
    expect(existsSync(join(root, '.postroute/install.lock'))).toBe(false);
  });

  test('with npm install when npm ci refuses the lock file as incomplete', async () => {
    putNpm(`[ "$1" = ci ] && { echo "npm error code EUSAGE" >&2; exit 1; }`);
    expect(await run('echo')).toMatchObject({ code: 0 });
    expect(calls().map((call) => call.split(' ').slice(0, 2))).toEqual([
      ['ci', '--include=dev'],
      ['install', '--no-save'],
    ]);
  });
});

describe('it ends with exit code 1 and says what to do', () => {
  test('when npm fails, with all that npm said', async () => {
    putNpm('echo "npm error code E404"; echo "npm error details" >&2; exit 9');
    const { code, stderr } = await run('echo');
    expect(code).toBe(1);
    expect(stderr).toMatch(/npm error code E404/);
    expect(stderr).toMatch(/npm error details/);
    expect(stderr).toMatch(/"npm ci" failed \(exit code 9\); its whole output is above\. Mend what it names/);
    expect(existsSync(join(root, '.postroute/install.lock'))).toBe(false);
  });

  test('when the pinned Node is not there although npm succeeded', async () => {
    await run('echo');
    rmSync(join(root, 'node_modules/.bin/node'));
    writeFileSync(join(root, 'node_modules/.bin/node'), '#!/bin/sh\necho v20.1.0\n');
    chmodSync(join(root, 'node_modules/.bin/node'), 0o755);
    expect(await run('echo')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/answers "v20\.1\.0", and Node 24 is needed\..*npm ci --ignore-scripts=false/),
    });
  });
});
