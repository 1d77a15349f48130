/**
 * Settings from a file, JSON or YAML, under `modules.v1.shop-access.email.extras`: the file may be shared with other modules, so whatever stands
 * beside that path is none of our business, but a file that does not hold it at all is a mistake.
 */
import { readFile } from 'node:fs/promises';
import { append, isTree, type Layer, treeLayer } from './layer.ts';

export const root = 'modules.v1.shop-access.email.extras';

export async function fileLayer(file: string): Promise<Layer> {
  const origin = `file ${file}`;
  const fault = (problem: string, remedy: string): Layer => ({
    given: [],
    problems: [{ key: root, given: null, origin, problem, remedy }],
  });
  let tree: unknown;
  try {
    tree = await parse(file, await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof UnreadableText) return fault(error.message, 'Correct it there; nothing of the file is used until it can be read.');
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return fault(`cannot be read (${why})`, 'Give a JSON or YAML file that this process may read.');
  }
  const found = below(tree, root.split('.'));
  if (found.length === 0) return fault('is not in this file', `Put the settings under ${root}.`);
  const layer: Layer = { given: [], problems: [] };
  for (const extras of found) append(layer, treeLayer(extras, origin));
  return layer;
}

/** What is wrong with a text and where. Parsers quote the text they stumble over, which may be a secret, so that their own words are not repeated. */
class UnreadableText extends Error {}

/** The YAML parser costs 11 MB of memory, so it is imported only for a file that needs it. */
async function parse(file: string, text: string): Promise<unknown> {
  if (file.endsWith('.json')) {
    try {
      return JSON.parse(text);
    } catch (error) {
      const place = error instanceof Error ? /\((line \d+ column \d+)\)/.exec(error.message)?.[1] : undefined;
      throw new UnreadableText(`is not JSON${place === undefined ? '' : `: see ${place}`}`);
    }
  }
  const yaml = await import('yaml');
  try {
    // A warning would quote the text, too.
    return yaml.parse(text, { maxAliasCount: 0, logLevel: 'error' });
  } catch (error) {
    if (!(error instanceof yaml.YAMLParseError)) throw new UnreadableText('is not YAML that is taken here: it uses an alias (*name)');
    const [at] = error.linePos ?? [];
    const what = error.code.toLowerCase().replaceAll('_', ' ');
    throw new UnreadableText(`is not YAML: ${what}${at === undefined ? '' : ` at line ${at.line}, column ${at.col}`}`);
  }
}

/**
 * All that stands below these parts, of which any number may be written as one dotted key, and the path of a setting with them: a file may say
 * `modules.v1.shop-access.email.extras.drift.dns.enabled: true` on one line and the next setting on another.
 */
function below(tree: unknown, parts: readonly string[]): unknown[] {
  if (parts.length === 0) return [tree];
  if (!isTree(tree)) return [];
  return Object.entries(tree).flatMap(([key, value]) => {
    const own = key.split('.');
    const shared = Math.min(own.length, parts.length);
    if (own.slice(0, shared).join('.') !== parts.slice(0, shared).join('.')) return [];
    return own.length > parts.length ? [{ [own.slice(shared).join('.')]: value }] : below(value, parts.slice(shared));
  });
}
