import { spawn, spawnSync } from 'node:child_process';
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

test('without a command it says what there is; an unknown one is not there yet; a bad flag is named', () => {
  expect(run()).toMatchObject({ status: 0, stdout: expect.stringContaining('sandbox') });
  expect(run('fly')).toMatchObject({ status: 2, stderr: expect.stringContaining("there is no command 'fly' yet; there is sandbox") });
  expect(run('sandbox', '--sneed', '5')).toMatchObject({ status: 2, stderr: expect.stringContaining('--seed') });
});
