/**
 * A secret that is rotated, and its predecessor. From the environment they stay as they are for the life of the process; from a file they can be read again,
 * which is how a rotation reaches a running service. A file that cannot be read, or says nothing usable, changes nothing: the last good ones stay.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

export type SecretPair = { current: string; previous: string | null };
export type SecretReload = { kind: 'changed' | 'unchanged' } | { kind: 'failed'; reason: string };

export type SecretSource = {
  keys(): SecretPair;
  reload(): Promise<SecretReload>;
};

/**
 * As settings give it; `| undefined` because an unset one may be there or not. `plain`: the file may hold the secret alone, as the files of other secrets do;
 * the previous one is then the setting's.
 */
export type GivenSecret = { current?: string | undefined; previous?: string | undefined; file?: string | undefined; plain?: boolean };

const secret = z.string().trim().min(1);
const document = z.strictObject({ current: secret, previous: secret.nullish() });

/** Throws when the first read gives none: a service without it could not do its work; `missing` says which and how to set it. The file wins. */
export async function secretSource(given: GivenSecret, missing: string): Promise<SecretSource> {
  const { current, previous, file } = given;
  if (file === undefined) {
    if (current === undefined) throw new Error(missing);
    const fixed: SecretPair = { current, previous: previous ?? null };
    return { keys: () => fixed, reload: async () => ({ kind: 'unchanged' }) };
  }
  const readFileAgain = (): Promise<SecretPair> => readSecretPair(file, given);
  let keys = await readFileAgain();
  return {
    keys: () => keys,
    async reload() {
      try {
        const read = await readFileAgain();
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
async function readSecretPair(file: string, { plain = false, previous }: GivenSecret): Promise<SecretPair> {
  const text = (await readFile(file, 'utf8')).trim();
  if (plain && text !== '' && !text.startsWith('{')) return { current: text, previous: previous ?? null };
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
