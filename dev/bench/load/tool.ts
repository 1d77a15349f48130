/** The programs of others that a benchmark measures with: looked for before anything is started, so that a missing one costs nobody a minute. */
import { spawn, spawnSync } from 'node:child_process';

/** Debian's package of each. */
const packages: Readonly<Record<string, string>> = { wrk: 'wrk', pgbench: 'postgresql-contrib' };

export function needTools(names: readonly string[]): void {
  const missing = names.filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length === 0) return;
  const remedy = `apt-get install ${missing.map((name) => packages[name] ?? name).join(' ')}`;
  throw new Error(`this benchmark measures with ${missing.join(' and ')}, which is not installed here: ${remedy}`);
}

/** Runs it to its end and answers what it printed; throws with all of that when it fails. */
export function runTool(name: string, args: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const child = spawn(name, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${name} ended with ${code}:\n${out}${errors}`))));
  });
}
