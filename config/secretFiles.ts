/**
 * Secrets that are files: `DATABASE_URL_FILE` names a file whose text is `databaseUrl`. A platform that mounts its secrets keeps them out of environments,
 * which are inherited, printed and dumped. Line breaks at the end of the text are not part of the secret.
 *
 * A file that is not there is no value, as an empty variable is none: what is needed is then reported as missing, and what is not may be left out of a
 * mounted Secret. Where a file of that name is a setting itself (`apiKey.file`, read again while the service runs), it is that setting.
 */
import { readFile } from 'node:fs/promises';
import { catalogue, type Setting } from './catalogue.ts';
import type { Environment } from './environmentLayer.ts';
import { environmentNames, type Layer } from './layer.ts';

const suffix = '_FILE';

/** By the names of the environment that name such a file. */
export const secretFileNames: ReadonlyMap<string, Setting> = new Map(
  catalogue
    .filter(({ secret, path }) => secret && !path.startsWith('apiKey.'))
    .flatMap((setting) => setting.environmentNames.map((name) => [`${name}${suffix}`, setting] as const))
    .filter(([name]) => !environmentNames.has(name)),
);

export async function secretFileLayer(environment: Environment): Promise<Layer> {
  const layer: Layer = { given: [], problems: [] };
  for (const [name, setting] of secretFileNames) {
    const file = environment[name];
    if (file === undefined || file === '') continue;
    const origin = `file ${file} (${name})`;
    const other = setting.environmentNames.find((each) => Boolean(environment[each]));
    if (other !== undefined) {
      const problem = `is given by ${other} as well`;
      layer.problems.push({ key: setting.path, given: null, origin, problem, remedy: 'Set one of the two.' });
    }
    try {
      const value = (await readFile(file, 'utf8')).replace(/[\r\n]+$/, '');
      if (value !== '') layer.given.push({ setting, value, origin });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !setting.required) continue;
      const reason = error instanceof Error ? error.message : String(error);
      const remedy = `Give a file that this process may read, and that holds ${setting.path} as plain text.`;
      layer.problems.push({ key: setting.path, given: null, origin, problem: `cannot be read: ${reason}`, remedy });
    }
  }
  return layer;
}
