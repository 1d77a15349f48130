/**
 * An emulated AWS: moto with what it lacks (moto/emulator.py), installed from PyPI into a folder of this checkout the first time, which takes half a
 * minute, and used again afterwards.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { laneProgram } from './lane.ts';

const requirements = fileURLToPath(new URL('moto/requirements.txt', import.meta.url));
const emulator = fileURLToPath(new URL('moto/emulator.py', import.meta.url));
const home = fileURLToPath(new URL('../../.postroute/', import.meta.url));

export type AwsEnvironment = Record<
  'AWS_ENDPOINT_URL' | 'AWS_REGION' | 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_SESSION_TOKEN',
  string
>;
export type Moto = {
  url: string;
  /** The environment of a program that works in this account. */
  environmentOf(account: string): Promise<AwsEnvironment>;
  /** What it said on standard error so far. */
  log(): string;
  stop(): Promise<void>;
};

/** The Python that has moto; null when this lane is left out, with a line that says why. */
export function motoPython(): string | null {
  const python = laneProgram('moto');
  if (python === null) return null;
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = `${home}moto-${version}`;
  const problem = existsSync(folder) ? null : install(python, folder);
  if (problem === null) return `${folder}/bin/python`;
  if (process.env['CI_REQUIRE_ALL'] === '1') throw new Error(`the lane moto is required here, and cannot be installed: ${problem}`);
  process.stderr.write(`left out: moto, which cannot be installed: ${problem.split('\n').at(-1)}\n`);
  return null;
}

/** Beside its place, and moved there whole: an install that was cut off is never taken for one. Answers what went wrong. */
function install(python: string, folder: string): string | null {
  const aside = `${folder}.${process.pid}`;
  const run = (command: string, args: readonly string[]): string | null => {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    return status === 0 ? null : (error?.message ?? stderr.trim());
  };
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
  const problem =
    run(python, ['-m', 'venv', aside]) ??
    run(`${aside}/bin/python`, ['-m', 'pip', 'install', ...quiet, '--no-deps', '--no-compile', '-r', requirements]);
  try {
    if (problem === null) renameSync(aside, folder);
  } catch {
    // Another process was faster; its folder is as good.
  }
  rmSync(aside, { recursive: true, force: true });
  return problem;
}

export async function startMoto(python: string): Promise<Moto> {
  const child = spawn(python, [emulator], { env: { PATH: process.env['PATH'], NODE: process.execPath }, stdio: ['pipe', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    ended,
  ]);
  if (line === undefined) throw new Error(`moto ended before it listened:\n${log}`);
  // By this name and no number: moto takes a bucket's name from any other host.
  const url = `http://localhost:${JSON.parse(line).port}`;
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return { url, environmentOf: (account) => environmentOf(url, account), log: () => log, stop };
}

async function environmentOf(endpoint: string, account: string): Promise<AwsEnvironment> {
  const region = 'us-east-1';
  const client = new STSClient({ endpoint, region, credentials: { accessKeyId: 'anyone', secretAccessKey: 'anyone' } });
  try {
    const role = { RoleArn: `arn:aws:iam::${account}:role/deployer`, RoleSessionName: 'test' };
    const { Credentials } = await client.send(new AssumeRoleCommand(role));
    return {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
      AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
    };
  } finally {
    client.destroy();
  }
}
