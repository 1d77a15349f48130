/**
 * One install at a time in one folder. The lock is a folder (`mkdir` is atomic everywhere) beside node_modules, which npm removes, that holds the
 * holder's pid; one whose holder is dead is taken over by whoever manages to rename it away first.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const retryMs = 200;
/** Between `mkdir` and the pid file there is a moment without a holder; after this long it is a crash, not a moment. */
const namelessMs = 5_000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function holder(lock) {
  try {
    return Number(readFileSync(join(lock, 'pid'), 'utf8')) || null;
  } catch {
    return null;
  }
}

function tryTake(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Error(`${lock} cannot be made (${error.code}): the checkout must be writable for an install`);
  }
  writeFileSync(join(lock, 'pid'), String(process.pid));
  return true;
}

function removeAbandoned(lock) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

export async function withInstallLock(root, work) {
  const folder = join(root, '.postroute');
  const lock = join(folder, 'install.lock');
  mkdirSync(folder, { recursive: true });
  let waitedMs = 0;
  let namelessSinceMs = 0;
  while (!tryTake(lock)) {
    const pid = holder(lock);
    if (waitedMs === 0)
      process.stderr.write(`postroute: another install is running here (pid ${pid ?? 'not written yet'}); waiting for it ...\n`);
    namelessSinceMs = pid === null ? namelessSinceMs + retryMs : 0;
    if (pid === null ? namelessSinceMs > namelessMs : !isAlive(pid)) removeAbandoned(lock);
    await delay(retryMs);
    waitedMs += retryMs;
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
