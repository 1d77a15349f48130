/**
 * Keeps package-lock.json whole for `npm ci`. npm leaves out an optional package of another platform when the registry at hand does not have it, and
 * then refuses its own lock file ("Missing: ... from lock file") on every machine. Such an entry needs only its version and its platform: it is never
 * fetched anywhere else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type LockEntry = {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};
export type LockFile = { packages: Record<string, LockEntry> };

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));

/** Words in package names → npm's words. */
const systems: Record<string, string> = {
  android: 'android',
  darwin: 'darwin',
  macos: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
};
const moreSystems: Record<string, string> = {
  win32: 'win32',
  windows: 'win32',
  sunos: 'sunos',
  aix: 'aix',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
};
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

/** In npm's own order of keys, so that npm leaves the file as it is. */
function optionalEntry(name: string, version: string, dev: boolean): LockEntry {
  const words = name.split(/[/-]/);
  const os = words.map((word) => systems[word] ?? moreSystems[word]).find((found) => found !== undefined);
  const cpu = processors.find((processor) => words.includes(processor));
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined;
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dev ? { dev: true } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

/** The folders that Node would look in for a dependency of the package at `place`, nearest first. */
function lookups(place: string, name: string): string[] {
  const parts = place.split('/node_modules/');
  const above = parts.map((_, index) => parts.slice(0, parts.length - index).join('/node_modules/'));
  return [...above.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
}

const nearest = (lock: LockFile, place: string, name: string): LockEntry | undefined =>
  lookups(place, name)
    .map((candidate) => lock.packages[candidate])
    .find((entry) => entry !== undefined);

/** Optional packages with an exact version that are named and have no entry of that version. */
export function missingOptional(lock: LockFile): { place: string; name: string; version: string }[] {
  return Object.entries(lock.packages).flatMap(([place, entry]) =>
    Object.entries(entry.optionalDependencies ?? {}).flatMap(([name, range]) => {
      const version = range.replace(/^[\^~]/, '');
      const found = nearest(lock, place, name);
      const fits = found !== undefined && (found.version === version || range !== version);
      return fits ? [] : [{ place, name, version }];
    }),
  );
}

export function completed(lock: LockFile): LockFile {
  const packages = { ...lock.packages };
  for (const { place, name, version } of missingOptional(lock)) {
    const hoisted = `node_modules/${name}`;
    const target = packages[hoisted] === undefined ? hoisted : `${place}/node_modules/${name}`;
    packages[target] = optionalEntry(name, version, lock.packages[place]?.dev === true);
  }
  return { ...lock, packages: Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

export function lockFileProblem(): string | null {
  const missing = missingOptional(JSON.parse(readFileSync(path, 'utf8')));
  if (missing.length === 0) return null;
  return `package-lock.json lacks ${missing.length} optional packages of other platforms, so "npm ci" refuses it; run: node dev/lockFile.ts`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(path, `${JSON.stringify(completed(JSON.parse(readFileSync(path, 'utf8'))), null, 2)}\n`);
}
