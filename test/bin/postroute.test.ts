import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  expect(run('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
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
