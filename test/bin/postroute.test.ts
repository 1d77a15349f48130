import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const command = join(root, 'bin/postroute.mjs');
const started: ReturnType<typeof spawn>[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

const run = (...args: string[]) => spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });

test('postroute sandbox starts it, answers on every door, and ends with it', async () => {
  const names = ['postmark', 'route53', 'kms', 'dns', 'smtp', 'sentry', 'control', 'resolver', 'aws'];
  const child = spawn(process.execPath, [command, 'sandbox', ...names.flatMap((name) => [`--${name}-port`, '0'])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const line = await new Promise<string>((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk))));
  const { addresses }: { addresses: Record<string, string> } = JSON.parse(line);
  expect(Object.keys(addresses).sort()).toEqual([...names].sort());
  expect((await fetch(`${addresses['control']}/clock`)).status).toBe(200);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  await expect(fetch(`${addresses['control']}/clock`)).rejects.toThrow();
});

test('without a command it says what there is; an unknown one is answered with the nearest; a bad flag of the sandbox is named', () => {
  expect(run()).toMatchObject({ status: 0, stdout: expect.stringContaining('sandbox') });
  expect(run('explian', 'acme')).toMatchObject({ status: 2, stderr: expect.stringContaining("Did you mean 'explain'?") });
  expect(run('sandbox', '--sneed', '5')).toMatchObject({ status: 2, stderr: expect.stringContaining('--seed') });
});

test('the exit code of a command is that of postroute, and Ctrl-C ends it with 130', async () => {
  expect(run('list', '--url', 'http://127.0.0.1:65531', '--key-file', join(root, 'package.json'))).toMatchObject({ status: 2 });
  const service = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"items":[],"nextCursor":null}');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  try {
    const child = spawn(process.execPath, [command, 'watch', '--url', `http://127.0.0.1:${port}`], {
      env: { ...process.env, ARDA_API_KEY: 'k' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    started.push(child);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await new Promise<void>((resolve) => child.stderr?.once('data', () => resolve()));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  } finally {
    service.close();
  }
});

test('config print tells where each setting came from, and shows no secret; config check tells all that is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postroute-config-'));
  const file = join(folder, 'settings.yaml');
  writeFileSync(file, 'modules.v1.shop-access.email.extras:\n  drift.dns.enabled: true\n  postmark.accountToken: SECRET-TOKEN\n');
  const env = { PATH: process.env['PATH'], DATABASE_URL: 'postgres://u:SECRET@h/d', EMAIL_LOG_LEVEL: 'warn', PARTITION: 'Alpha002-dev' };
  const given = (...args: string[]) => spawnSync(process.execPath, [command, 'config', ...args, file], { encoding: 'utf8', env });
  try {
    const unchecked = given('check');
    expect(unchecked.status).toBe(8);
    expect(unchecked.stderr).toContain('The settings have 6 problems');
    expect(unchecked.stderr).toContain('EMAIL_WEBHOOK_SIGNING_KEY');
    expect(given('check', '--partial')).toMatchObject({ status: 0, stdout: expect.stringContaining('6 that are required') });
    Object.assign(env, {
      EMAIL_MAIL_ZONE_ID: 'Z1',
      EMAIL_MAIL_ZONE_NAME: 'dev.ardamails.com',
      EMAIL_WEBHOOK_PUBLIC_URL: 'https://x.example',
    });
    Object.assign(env, { EMAIL_WEBHOOK_SIGNING_KEY: 'SECRET', EMAIL_MATERIAL_REGISTRY_FILE: '/r.json', ARDA_API_KEY: 'SECRET' });
    expect(given('check')).toMatchObject({ status: 0, stdout: expect.stringContaining('the settings are good') });
    const printed = given('print', '--origin');
    expect(printed.status).toBe(0);
    expect(printed.stdout).toContain(`drift.dns.enabled = true  # file ${file}\n`);
    expect(printed.stdout).toContain('log.level = "warn"  # environment EMAIL_LOG_LEVEL\n');
    expect(printed.stdout).toContain(`postmark.accountToken = (secret)  # file ${file}\n`);
    expect(printed.stdout).toContain('http.port = 8889  # default\n');
    const [json] = given('print', '--json').stdout.trimEnd().split('\n').slice(-1);
    expect(JSON.parse(json ?? '')).toMatchObject({ path: expect.any(String), origin: 'default' });
    for (const each of [unchecked, printed, given('print', '--json')]) expect(each.stdout + each.stderr).not.toContain('SECRET');
    writeFileSync(file, 'modules.v1.shop-access.email.extras:\n  drift.dns.enabeld: true\n');
    expect(given('check').stderr).toContain('Did you mean drift.dns.enabled?');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
