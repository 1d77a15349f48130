/**
 * Guarantee: after `ensureInstalled`, node_modules is what package-lock.json names. Two that start at once in one folder install once.
 * Mechanism: a stamp inside node_modules holds the lock file's hash, so that the usual case costs one small read. Without the stamp, npm's own hidden
 * lock file is compared (someone may have run npm themselves). npm removes the whole folder before it begins and writes its hidden lock file last, so
 * an install that was cut off is never taken for a whole one.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withInstallLock } from './installLock.mjs';

const stampPath = (root) => join(root, 'node_modules', '.postroute-stamp');

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Platform and lock file: a checkout that is shared between two systems is installed anew for the other one. */
function fingerprint(root) {
  const wanted = readOrNull(join(root, 'package-lock.json')) ?? readOrNull(join(root, 'package.json')) ?? '';
  return createHash('sha256').update(`${process.platform}-${process.arch}\n${wanted}`).digest('hex');
}

/** Whether npm's record of what it installed has every package of the lock file, at that version. Optional ones belong to other platforms. */
function matchesHiddenLock(root) {
  const wanted = readOrNull(join(root, 'package-lock.json'));
  const present = readOrNull(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null || present === null) return false;
  const installed = JSON.parse(present).packages ?? {};
  return Object.entries(JSON.parse(wanted).packages ?? {}).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? entry.optional === true : found.version === entry.version && existsSync(join(root, path));
  });
}

function isCurrent(root) {
  if (!existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;
  if (readOrNull(stampPath(root))?.trim() === fingerprint(root)) return true;
  if (!matchesHiddenLock(root)) return false;
  writeFileSync(stampPath(root), `${fingerprint(root)}\n`);
  return true;
}

/** npm as it was called, or the one on PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script !== undefined && /npm-cli\.js$/.test(script) ? [process.execPath, [script]] : ['npm', []];
}

function runNpm(root, verbs) {
  const verb = verbs.join(' ');
  const [command, prefix] = npmCommand();
  const args = [...prefix, ...verbs, '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) =>
      reject(new Error(`npm could not be started (${error.code}); install npm, or run "npm ${verb}" in ${root} yourself`)),
    );
    child.on('close', (code, signal) => resolve({ ok: code === 0, verb, end: signal ?? `exit code ${code}`, output }));
  });
}

/** A lock file that names not every optional package of every platform is whole enough for `npm install`, and `npm ci` refuses it. */
const isRefusedLock = (result) => !result.ok && /npm error code EUSAGE/.test(result.output);

async function runInstall(root) {
  if (!existsSync(join(root, 'package-lock.json'))) return runNpm(root, ['install']);
  const strict = await runNpm(root, ['ci']);
  if (!isRefusedLock(strict)) return strict;
  process.stderr.write('postroute: "npm ci" refuses package-lock.json as incomplete; installing from it with "npm install" instead ...\n');
  rmSync(join(root, 'node_modules'), { recursive: true, force: true });
  return runNpm(root, ['install', '--no-save']);
}

async function install(root) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  process.stderr.write('postroute: installing what package-lock.json names; about a minute the first time ...\n');
  const ticker = setInterval(() => process.stderr.write(`postroute: still installing, ${seconds()} s ...\n`), 20_000);
  const result = await runInstall(root).finally(() => clearInterval(ticker));
  if (!result.ok) {
    process.stderr.write(`${result.output.trimEnd()}\n`);
    const remedy = 'its whole output is above. Mend what it names (usually the network or the registry) and run this again';
    throw new Error(`"npm ${result.verb}" failed (${result.end}); ${remedy}`);
  }
  writeFileSync(stampPath(root), `${fingerprint(root)}\n`);
  process.stderr.write(`postroute: installed in ${seconds()} s\n`);
}

export async function ensureInstalled(root) {
  if (isCurrent(root)) return;
  await withInstallLock(root, async () => {
    // Somebody else may have finished it while this one waited for the lock.
    if (!isCurrent(root)) await install(root);
  });
}
