/**
 * Settings from a file, JSON or YAML, under `modules.v1.shop-access.email.extras`: the file may be shared with other modules, so whatever stands
 * beside that path is none of our business, but a file that does not hold it at all is a mistake.
 */
import { readFile } from 'node:fs/promises';
import { isTree, type Layer, treeLayer } from './layer.ts';

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
    return fault(
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'Give a JSON or YAML file that this process may read.',
    );
  }
  const extras = descend(tree, root.split('.'));
  return extras === undefined ? fault('is not in this file', `Put the settings under ${root}.`) : treeLayer(extras, origin);
}

/** The YAML parser costs 11 MB of memory, so it is imported only for a file that needs it. */
async function parse(file: string, text: string): Promise<unknown> {
  if (file.endsWith('.json')) return JSON.parse(text);
  const yaml = await import('yaml');
  return yaml.parse(text, { maxAliasCount: 0 });
}

/** Any number of the parts may be written as one dotted key. */
function descend(tree: unknown, parts: readonly string[]): unknown {
  if (parts.length === 0) return tree;
  if (!isTree(tree)) return undefined;
  for (let length = parts.length; length >= 1; length -= 1) {
    const key = parts.slice(0, length).join('.');
    if (Object.hasOwn(tree, key)) return descend(tree[key], parts.slice(length));
  }
  return undefined;
}
