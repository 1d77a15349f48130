/** One layer of settings: what it says about which setting, and what is wrong with the layer itself. Later layers win. */
import { catalogue, type Setting, settingAt } from './catalogue.ts';
import { nearest } from './nearest.ts';
import type { SettingProblem } from './settingsError.ts';

/** `value` is null when the layer takes a lower layer's value back to the default. */
export type Given = { setting: Setting; value: unknown; origin: string };
export type Layer = { given: Given[]; problems: SettingProblem[] };

const paths = catalogue.map((setting) => setting.path);
const sections = new Set(
  paths.flatMap((path) =>
    path
      .split('.')
      .slice(0, -1)
      .map((_, at, parts) => parts.slice(0, at + 1).join('.')),
  ),
);
export const environmentNames: ReadonlyMap<string, Setting> = new Map(
  catalogue.flatMap((setting) => setting.environmentNames.map((name) => [name, setting] as const)),
);

/** `shown` is never the value of a secret; a name that is not a setting may be a mistyped secret, so its value is not shown either. */
export const shown = (setting: Setting, value: unknown): string => (setting.secret ? '(secret)' : JSON.stringify(value));

export function unknownName(key: string, origin: string, known: readonly string[]): SettingProblem {
  const meant = nearest(key, known);
  return {
    key,
    given: null,
    origin,
    problem: 'there is no such setting',
    remedy: meant === null ? 'Remove it; config/SETTINGS.md lists them all.' : `Did you mean ${meant}?`,
  };
}

/** Walks a tree of keys down to the settings. A dotted key (`drift.dns.enabled: true`) is a path of its own. */
export function treeLayer(tree: unknown, origin: string, under = ''): Layer {
  const layer: Layer = { given: [], problems: [] };
  if (!isTree(tree)) {
    if (tree !== null) layer.problems.push(notATree(under, origin));
    return layer;
  }
  for (const [key, value] of Object.entries(tree)) {
    const path = under === '' ? key : `${under}.${key}`;
    const setting = settingAt(path);
    if (setting !== undefined) layer.given.push({ setting, value, origin });
    else if (sections.has(path)) append(layer, treeLayer(value, origin, path));
    else layer.problems.push(unknownName(path, origin, [...paths, ...sections]));
  }
  return layer;
}

export function append(layer: Layer, other: Layer): void {
  layer.given.push(...other.given);
  layer.problems.push(...other.problems);
}

export const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const notATree = (path: string, origin: string): SettingProblem => ({
  key: path,
  given: null,
  origin,
  problem: 'is a section, and holds something else than settings',
  remedy: `Write its settings under it: ${paths.filter((each) => each.startsWith(`${path}.`)).join(', ')}.`,
});
