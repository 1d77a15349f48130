import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRunning, processStart } from '../../dev/processes.ts';
import { lockDataFolder } from '../../dev/start/lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postroute-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, 'lock');
const put = (holder: unknown): void => writeFileSync(path(), typeof holder === 'string' ? holder : JSON.stringify(holder));

async function deadPid(): Promise<number> {
  const child = spawn('true');
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

test('a held folder is refused with who holds it, since when and where, and is free again after the release', () => {
  const { release } = lockDataFolder(folder);
  const { since } = JSON.parse(readFileSync(path(), 'utf8'));
  expect(() => lockDataFolder(folder)).toThrow(`process ${process.pid}, since ${since}, in ${folder}`);
  release();
  expect(readdirSync(folder)).toEqual([]);
  lockDataFolder(folder).release();
});

describe('a lock that nobody holds is taken over:', () => {
  test.each([
    ['its process is dead', async () => ({ pid: await deadPid(), processStart: '1', since: 'then' })],
    [
      'its pid was given to another process',
      async () => ({ pid: process.pid, processStart: `${processStart(process.pid)}0`, since: 'then' }),
    ],
    ['it was cut off in the middle', async () => '{"pid":'],
  ])('%s', async (_name, holder) => {
    put(await holder());
    const { release } = lockDataFolder(folder);
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toMatchObject({ pid: process.pid, processStart: processStart(process.pid) });
    expect(readdirSync(folder)).toEqual(['lock']);
    release();
  });
});

test('a folder that cannot be made is refused by name, with what to do', () => {
  writeFileSync(join(folder, 'file'), '');
  for (const impossible of ['file', 'file/below'])
    expect(() => lockDataFolder(join(folder, impossible))).toThrow(
      new RegExp(`^${join(folder, impossible)} cannot be a folder for data \\(E\\w+\\); name another with --data-dir DIR`),
    );
});

test('a release leaves a lock alone that is no longer ours', () => {
  const { release } = lockDataFolder(folder);
  put({ pid: 1, processStart: '1', since: 'then' });
  release();
  expect(existsSync(path())).toBe(true);
});

test('a process that has ended is not running, also while nobody has collected it', async () => {
  const child = spawn('sleep', ['60']);
  const pid = child.pid ?? 0;
  expect(isRunning(pid)).toBe(true);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  expect(isRunning(pid)).toBe(false);
  expect(processStart(pid)).toBe('');
});
