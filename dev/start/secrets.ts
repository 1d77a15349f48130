/** The secrets of one data folder: random, made once, kept in `secrets.json` that only its owner can read. The environment goes before them. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivately } from '../writePrivately.ts';
import { givenSetting } from './serviceEnvironment.ts';

const secretsSchema = z.object({ apiKey: z.string().min(1), webhookSigningKey: z.string().min(1) });
export type Secrets = z.infer<typeof secretsSchema>;

function parse(text: string, path: string): Secrets {
  try {
    return secretsSchema.parse(JSON.parse(text));
  } catch {
    // The parser's own words would repeat what it could not read.
    throw new Error(`${path} is not what "npm start" wrote; remove it and new secrets are made`);
  }
}

export function loadSecrets(folder: string): Secrets {
  const path = join(folder, 'secrets.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secrets = { apiKey: `ark_${randomBytes(24).toString('hex')}`, webhookSigningKey: randomBytes(32).toString('hex') };
    writePrivately(path, `${JSON.stringify(secrets, null, 2)}\n`);
    return secrets;
  }
  return parse(text, path);
}

/** The operator key that the service will accept: from the environment, from the file the environment names, or this folder's own. */
export function operatorKey(environment: NodeJS.ProcessEnv, secrets: Secrets): string {
  const given = givenSetting(environment, 'apiKey.current');
  if (given !== null) return given;
  const file = givenSetting(environment, 'apiKey.file');
  if (file === null) return secrets.apiKey;
  try {
    return z.object({ current: z.string().min(1) }).parse(JSON.parse(readFileSync(file, 'utf8'))).current;
  } catch {
    throw new Error(`ARDA_API_KEY_FILE names ${file}, which cannot be read as JSON { "current": "...", "previous": "..." }`);
  }
}
