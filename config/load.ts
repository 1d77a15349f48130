/**
 * Settings from their layers: defaults, files in the order given, secrets that are files, the environment. Guarantee: either every setting is valid, or the error names
 * every problem of every layer, each with its key, where it was given, and what would be valid; no secret is in it.
 */
import { acrossSettings } from './acrossSettings.ts';
import { catalogue, settingAt } from './catalogue.ts';
import { type Environment, environmentLayer } from './environmentLayer.ts';
import { fileLayer } from './fileLayer.ts';
import { append, type Given, isTree, type Layer, shown } from './layer.ts';
import { type Settings, settingsSchema } from './schema.ts';
import { secretFileLayer } from './secretFiles.ts';
import { type SettingProblem, SettingsError } from './settingsError.ts';

export type LoadedSettings = {
  settings: Settings;
  /** Where each setting that was given came from, by path; what is not in it has its default. */
  origins: ReadonlyMap<string, string>;
};

/** `files` defaults to the list, separated by commas, in `CONFIG_FILES`. Throws a `SettingsError`. */
export async function loadSettings({ env, files }: { env: Environment; files?: readonly string[] }): Promise<LoadedSettings> {
  const layer: Layer = { given: [], problems: [] };
  for (const file of files ?? listed(env['CONFIG_FILES'])) append(layer, await fileLayer(file));
  append(layer, await secretFileLayer(env));
  append(layer, environmentLayer(env));

  const given = lastOfEach(layer.given);
  const parsed = settingsSchema.safeParse(toTree(given));
  const problems = [...layer.problems];
  if (!parsed.success) {
    const told = new Set(problems.map(({ key }) => key));
    problems.push(...uniqueByKey(parsed.error.issues.map((issue) => schemaProblem(issue, given))).filter(({ key }) => !told.has(key)));
  }
  problems.push(...acrossSettings(given, env));
  if (!parsed.success || problems.length > 0) throw new SettingsError(problems);
  return { settings: parsed.data, origins: new Map([...given].map(([path, { origin }]) => [path, origin])) };
}

const listed = (text: string | undefined): string[] => (text ?? '').split(',').flatMap((file) => (file.trim() === '' ? [] : [file.trim()]));

function lastOfEach(all: readonly Given[]): Map<string, Given> {
  const last = new Map<string, Given>();
  for (const given of all) {
    if (given.value === null) last.delete(given.setting.path);
    else last.set(given.setting.path, given);
  }
  return last;
}

/** Every section is there, so that what is missing is reported setting by setting and not as a section. */
function toTree(given: ReadonlyMap<string, Given>): Record<string, unknown> {
  const tree: Tree = {};
  for (const { path } of catalogue) {
    const keys = path.split('.');
    const section = keys.slice(0, -1).reduce(sectionOf, tree);
    const found = given.get(path);
    if (found !== undefined) section[keys.at(-1) ?? path] = found.value;
  }
  return tree;
}

type Tree = { [key: string]: unknown };

function sectionOf(above: Tree, key: string): Tree {
  const section = above[key];
  if (isTree(section)) return section;
  const made: Tree = {};
  above[key] = made;
  return made;
}

function schemaProblem(issue: { path: PropertyKey[]; code: string; message: string }, given: ReadonlyMap<string, Given>): SettingProblem {
  const keys = issue.path.map(String);
  // An element of a list is reported as its list.
  const setting = settingAt(keys.join('.')) ?? settingAt(keys.slice(0, -1).join('.'));
  if (setting === undefined)
    return { key: keys.join('.'), given: null, origin: null, problem: issue.message, remedy: 'See config/SETTINGS.md.' };
  const { path, valid, description, environmentNames } = setting;
  const found = given.get(path);
  if (found === undefined) {
    const remedy = `Set ${environmentNames.join(' or ')}, or ${path} in a file: ${valid} (${description}).`;
    return { key: path, given: null, origin: null, problem: 'is missing', remedy, missing: true };
  }
  const worded = (issue.code === 'invalid_format' || issue.code === 'custom') && issue.message.startsWith('must');
  const problem = worded ? issue.message : `must be ${valid}`;
  return { key: path, given: shown(setting, found.value), origin: found.origin, problem, remedy: `It is: ${description}.` };
}

function uniqueByKey(problems: readonly SettingProblem[]): SettingProblem[] {
  return [...new Map(problems.map((problem) => [problem.key, problem])).values()];
}
