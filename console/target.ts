/**
 * Which Postroute is meant, with which key, and in whose name.
 *
 * The key is never an argument: arguments are shown to everybody by `ps` and kept by shells. It comes from a file or the environment; beside `npm start`
 * it is the one that was put into the data folder, which is given to no other machine than this one.
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCode } from './exitCode.ts';
import { Failure, mistake } from './failure.ts';

export type Target = { url: string; key: string; author: string; tenant: string | null };

export type TargetOptions = {
  url: string | undefined;
  keyFile: string | undefined;
  author: string | undefined;
  tenant: string | undefined;
  environment: NodeJS.ProcessEnv;
};

const urlDefault = 'http://127.0.0.1:8889';
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const checkout = fileURLToPath(new URL('../', import.meta.url));

export function targetOf(options: TargetOptions): Target {
  const url = addressOf(options.url ?? (options.environment['POSTROUTE_URL'] || urlDefault));
  return { url: url.href.replace(/\/$/, ''), key: keyOf(options, url), author: authorOf(options), tenant: tenantOf(options) };
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw mistake(`"${text}" is not an address such as ${urlDefault}`);
  if (url.username !== '' || url.password !== '') throw mistake('the address must not hold a user or a password');
  return url;
}

function tenantOf({ tenant, environment }: TargetOptions): string | null {
  return tenant ?? (environment['POSTROUTE_TENANT'] || null);
}

function authorOf({ author, environment }: TargetOptions): string {
  return author ?? (environment['POSTROUTE_AUTHOR'] || environment['USER'] || userName());
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}

function keyOf({ keyFile, environment }: TargetOptions, url: URL): string {
  if (keyFile !== undefined) return keyIn(keyFile === '-' ? 0 : keyFile, keyFile === '-' ? 'standard input' : keyFile);
  const given = environment['ARDA_API_KEY'];
  if (given) return given.trim();
  const named = environment['ARDA_API_KEY_FILE'];
  if (named) return keyIn(named, `ARDA_API_KEY_FILE (${named})`);
  const own = loopback.test(url.hostname) ? keyBesideStart(environment) : null;
  if (own !== null) return own;
  throw new Failure(exitCode.notAllowed, 'there is no operator key', {
    remedy: 'Set ARDA_API_KEY, or name a file that holds it with --key-file or ARDA_API_KEY_FILE (--key-file - reads standard input).',
  });
}

/** The file is what `ARDA_API_KEY_FILE` names for the service, or the key alone. Errors never repeat what it holds. */
function keyIn(file: string | 0, name: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw mistake(`${name} cannot be read${why}`);
  }
  const key = text.startsWith('{') ? member(text, 'current') : text;
  if (key === null || !/^\S+$/.test(key)) throw mistake(`${name} must hold the key, or JSON { "current": "…", "previous": "…" }`);
  return key;
}

function keyBesideStart(environment: NodeJS.ProcessEnv): string | null {
  try {
    const folder = resolve(environment['POSTROUTE_DATA_DIR'] || join(checkout, '.postroute'));
    return member(readFileSync(join(folder, 'secrets.json'), 'utf8'), 'apiKey');
  } catch {
    return null;
  }
}

function member(text: string, name: string): string | null {
  try {
    const json: unknown = JSON.parse(text);
    const value = typeof json === 'object' && json !== null ? Reflect.get(json, name) : null;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
