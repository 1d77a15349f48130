/**
 * The operator key and its predecessor. From the environment they stay as they are for the life of the process; from a file they can be read again,
 * which is how a rotation reaches a running service. A file that cannot be read, or says nothing usable, changes nothing: the last good keys stay.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Settings } from './schema.ts';

export type ApiKeys = { current: string; previous: string | null };
export type ApiKeysReload = { kind: 'changed' | 'unchanged' } | { kind: 'failed'; reason: string };

export type ApiKeySource = {
  keys(): ApiKeys;
  reload(): Promise<ApiKeysReload>;
};

const key = z.string().trim().min(1);
const document = z.strictObject({ current: key, previous: key.nullish() });

/** Throws when the first read gives no key: a service without one would refuse every call. The file wins over the environment. */
export async function apiKeySource({ current, previous, file }: Settings['apiKey']): Promise<ApiKeySource> {
  if (file === undefined) {
    if (current === undefined) throw new Error('no operator key: set ARDA_API_KEY or ARDA_API_KEY_FILE');
    const fixed: ApiKeys = { current, previous: previous ?? null };
    return { keys: () => fixed, reload: async () => ({ kind: 'unchanged' }) };
  }
  let keys = await readApiKeys(file);
  return {
    keys: () => keys,
    async reload() {
      try {
        const read = await readApiKeys(file);
        if (read.current === keys.current && read.previous === keys.previous) return { kind: 'unchanged' };
        keys = read;
        return { kind: 'changed' };
      } catch (error) {
        return { kind: 'failed', reason: error instanceof Error ? error.message : 'unknown' };
      }
    },
  };
}

/** Errors name the file and the field, never what stands there: JSON.parse quotes the text it stumbles over. */
export async function readApiKeys(file: string): Promise<ApiKeys> {
  const text = await readFile(file, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON; it must hold { "current": "…", "previous": "…" }`);
  }
  const parsed = document.safeParse(json);
  if (parsed.success) return { current: parsed.data.current, previous: parsed.data.previous ?? null };
  const fields = parsed.error.issues.map(
    (issue) => issue.path.join('.') || (issue.code === 'unrecognized_keys' ? 'a key besides these two' : 'the document'),
  );
  throw new Error(`${file} must hold { "current": "…", "previous": "…" }, both text; wrong: ${fields.join(', ')}`);
}
