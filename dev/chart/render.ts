/** One set of values, rendered. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { helmTemplate } from './helm.ts';
import { type Manifest, parseManifests } from './manifests.ts';

export type ValuesTree = Readonly<Record<string, unknown>>;
export type RenderCase = { name: string; release: string; values: ValuesTree };
export type Render = RenderCase & { manifests: readonly Manifest[] };

/** `folder`: where the values are written for helm to read. Throws with what helm says. */
export async function render(chart: string, one: RenderCase, folder: string): Promise<Render> {
  const file = join(folder, `${one.name.replaceAll(/[^A-Za-z0-9]+/g, '-')}.json`);
  writeFileSync(file, JSON.stringify(one.values));
  const answer = await helmTemplate({ chart, release: one.release, values: [file] });
  if (!answer.ok) throw new Error(`${one.name}: ${answer.problem}`);
  try {
    return { ...one, manifests: parseManifests(answer.text) };
  } catch (error) {
    throw new Error(`${one.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A tree over another; whatever is no tree on both sides is the second's. */
export function over(below: ValuesTree, above: ValuesTree): ValuesTree {
  const merged = Object.entries(above).map(([key, value]) => {
    const under = below[key];
    return [key, isTree(under) && isTree(value) ? over(under, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(merged) };
}

const isTree = (value: unknown): value is ValuesTree => typeof value === 'object' && value !== null && !Array.isArray(value);
