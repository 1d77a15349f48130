import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { askUdp } from '../support/dnsQuestion.ts';
import { kmsClient } from '../support/sandboxFixture.ts';

const main = join(import.meta.dirname, '../../../sandbox/main.ts');
const freePorts = ['postmark', 'route53', 'kms', 'dns', 'smtp', 'sentry', 'control', 'resolver', 'aws'].flatMap((name) => [
  `--${name}-port`,
  '0',
]);
const folder = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ready = {
  ready: true;
  addresses: Record<'kms' | 'dns' | 'control' | 'sentry' | 'postmark' | 'route53' | 'smtp' | 'resolver' | 'aws', string>;
  zoneId: string;
  zoneName: string;
  kmsKeyArn: string;
  accountToken: string;
};

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));

function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    stream?.on('data', (chunk) => {
      all += chunk;
    });
    stream?.on('end', () => resolve(all));
  });
}

function ready(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (line) => resolve(JSON.parse(String(line))));
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready`)));
  });
}

const post = async (url: string, body: object) => {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  expect(response.status).toBe(200);
};

const state = async ({ addresses }: Ready) => {
  const response = await fetch(`${addresses.control}/state`);
  const shown: { now: string } = JSON.parse(await response.text());
  return shown;
};

describe('the process', () => {
  it('prints one line when everything answers, and ends with 0 on SIGTERM', async () => {
    const child = run(...freePorts, '--zone', 'qa.example.com', '--seed', '9');
    const output = text(child.stdout);
    const answer = await ready(child);
    expect(answer).toEqual({
      ready: true,
      addresses: {
        postmark: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        route53: expect.stringMatching(/^http:/),
        kms: expect.stringMatching(/^http:/),
        dns: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        sentry: expect.stringMatching(/^http:/),
        control: expect.stringMatching(/^http:/),
        smtp: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        resolver: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        aws: expect.stringMatching(/^http:/),
      },
      zoneId: expect.stringMatching(/^Z[A-Z0-9]{20}$/),
      zoneName: 'qa.example.com',
      kmsKeyArn: expect.stringMatching(/^arn:aws:kms:/),
      accountToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const ending = ended(child);
    child.kill('SIGTERM');
    expect(await ending).toBe(0);
    expect((await output).trim().split('\n')).toHaveLength(1);
  });

  it('takes a free port where nobody chose one and the usual one is taken: mail, resolver and AWS need not be in the way of anyone', async () => {
    const chosen = freePorts.slice(0, 2 * 7).filter((_, index, all) => !(all[index - (index % 2)] ?? '').startsWith('--smtp'));
    const both = await Promise.all([ready(run(...chosen)), ready(run(...chosen))]);
    for (const name of ['smtp', 'resolver', 'aws'] as const) {
      const [one, other] = both.map(({ addresses }) => addresses[name]);
      expect(one, name).not.toBe(other);
    }
  });

  it('stands still between calls with --clock stopped, and moves by exactly what is asked', async () => {
    const answer = await ready(run(...freePorts, '--clock', 'stopped', '--start-at', '2026-03-04T05:06:07.008Z'));
    expect((await state(answer)).now).toBe('2026-03-04T05:06:07.008Z');
    await post(`${answer.addresses.control}/clock/advance`, { seconds: 60 });
    expect((await state(answer)).now).toBe('2026-03-04T05:07:07.008Z');
    expect((await state(answer)).now).toBe('2026-03-04T05:07:07.008Z');
  });

  it('ends when the parent that holds its channel goes away', async () => {
    const child = fork(main, freePorts, { stdio: ['ignore', 'pipe', 'ignore', 'ipc'], execPath: process.execPath });
    started.push(child);
    await ready(child);
    const ending = ended(child);
    child.disconnect();
    expect(await ending).toBe(0);
  });

  it('says of every port that is taken what it is for, and how to move it', async () => {
    const holders = [createServer(), createServer()];
    const ports = await Promise.all(
      holders.map(async (holder) => {
        holder.listen(0, '127.0.0.1');
        await new Promise((resolve) => holder.once('listening', resolve));
        const address = holder.address();
        return typeof address === 'object' && address !== null ? address.port : 0;
      }),
    );
    const child = run(...freePorts, '--kms-port', String(ports[0]), '--resolver-port', String(ports[1]));
    const [complaint, output, code] = await Promise.all([text(child.stderr), text(child.stdout), ended(child)]);
    for (const holder of holders) holder.close();
    expect([code, output]).toEqual([1, '']);
    expect(complaint.trim().split('\n').sort()).toEqual(
      [
        `sandbox: port ${ports[0]} for KMS is taken; end what holds it, or choose another with --kms-port`,
        `sandbox: port ${ports[1]} for the caching resolver over UDP and TCP is taken; end what holds it, or choose another with --resolver-port`,
      ].sort(),
    );
  });

  it.each([
    [['--host', '0.0.0.0'], 1, "--host must be a loopback address such as 127.0.0.1, not '0.0.0.0'"],
    [['--prot', '1'], 2, "Unknown option '--prot'; flags: --help, --postmark-port"],
    [['--dns-port', 'x'], 2, "--dns-port must be a port number from 0 to 65535, not 'x'"],
    [['--zone', 'nodots'], 2, "--zone must be a domain name such as dev.ardamails.com, not 'nodots'"],
    [['--start-at', 'noon'], 2, '--start-at must be a time such as'],
  ])('refuses %j', async (args, exitCode, message) => {
    const child = run(...freePorts, ...args);
    const [complaint, output, code] = await Promise.all([text(child.stderr), text(child.stdout), ended(child)]);
    expect([code, output]).toEqual([exitCode, '']);
    expect(complaint).toContain(message);
  });

  it('starts at a given domain time', async () => {
    const child = run(...freePorts, '--start-at', '2031-02-03T04:05:06Z');
    expect((await state(await ready(child))).now).toMatch(/^2031-02-03T04:05/);
  });
});

describe('a state file', () => {
  const file = (name: string) => join(folder, name);
  const start = (path: string, seed = '1') => run(...freePorts, '--state', path, '--seed', seed);

  it('brings the same world back after a restart: records, time, agenda, keys, events', async () => {
    const path = file('world.json');
    const first = start(path);
    const before = await ready(first);
    const kms = kmsClient(before.addresses.kms);
    const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId: before.kmsKeyArn, KeySpec: 'AES_256' }));
    await post(`${before.addresses.control}/settings`, { insyncMs: 0 });
    await post(`${before.addresses.control}/route53/record`, {
      action: 'UPSERT',
      name: 'a.dev.ardamails.com',
      type: 'TXT',
      values: ['kept'],
    });
    await post(`${before.addresses.control}/postmark/server`, { name: 'ardamails-dev-acme' });
    await post(`${before.addresses.control}/fault`, { service: 'route53', kind: 'throttle', times: 3 });
    await post(`${before.addresses.control}/clock/advance`, { seconds: 86_400 });
    await fetch(`${before.addresses.sentry}/api/1/envelope/`, { method: 'POST', body: '{}\n{"type":"event"}\n{"message":"kept"}' });
    const shown = await state(before);
    const ending = ended(first);
    first.kill('SIGTERM');
    await ending;

    const after = await ready(start(path));
    expect({ ...(await state(after)), now: null }).toEqual({ ...shown, now: null });
    expect(Date.parse((await state(after)).now)).toBeGreaterThanOrEqual(Date.parse(shown.now));
    expect((await askUdp(after.addresses.dns, { name: 'a.dev.ardamails.com', type: 'TXT' })).answers).toHaveLength(1);
    const opened = await kmsClient(after.addresses.kms).send(new DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Buffer.from(dataKey.Plaintext ?? []));
    expect(await (await fetch(`${after.addresses.control}/sentry`)).json()).toEqual({ events: [{ message: 'kept' }] });
    expect(
      readdirSync(folder).filter((name) => name.startsWith('world.json')),
      'nothing is left beside it',
    ).toEqual(['world.json']);
  });

  it('survives a kill, but for the last quarter of a second', async () => {
    const path = file('killed.json');
    const first = start(path);
    const { addresses } = await ready(first);
    await post(`${addresses.control}/route53/record`, { action: 'UPSERT', name: 'k.dev.ardamails.com', type: 'TXT', values: ['kept'] });
    await expect
      .poll(
        () => {
          try {
            return readFileSync(path, 'utf8').includes('k.dev.ardamails.com');
          } catch {
            return false;
          }
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    const ending = ended(first);
    first.kill('SIGKILL');
    await ending;
    expect(JSON.stringify(await state(await ready(start(path))))).toContain('"Values":["kept"]');
  });

  it.each([
    ['is no JSON', 'half a wor'],
    ['is something else', '{"hello":1}'],
  ])('that %s is refused by name, with the remedy, and kept', async (_what, content) => {
    const path = file('broken.json');
    writeFileSync(path, content);
    const child = start(path);
    const [complaint, code] = await Promise.all([text(child.stderr), ended(child)]);
    expect(code).toBe(1);
    expect(complaint).toContain(`the state in ${path} cannot be resumed`);
    expect(complaint).toContain('remove the file to start from the seed');
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('of another seed is refused', async () => {
    const path = file('seed.json');
    const first = start(path, '1');
    await ready(first);
    const ending = ended(first);
    first.kill('SIGTERM');
    await ending;
    const child = start(path, '2');
    const [complaint] = await Promise.all([text(child.stderr), ended(child)]);
    expect(complaint).toContain('it was made with seed 1, and this sandbox has seed 2');
  });
});
