/**
 * Settings from the environment: `EMAIL_` + the path in upper snake case, and the names that the platform already gives (`DATABASE_URL`).
 * Text becomes what the schema wants; what does not fit stays text, for the schema to refuse. An empty value is no value: charts and shells pass
 * empty strings for what they do not know.
 */
import type { Setting } from './catalogue.ts';
import { environmentNames, type Given, type Layer, unknownName } from './layer.ts';
import { secretFileNames } from './secretFiles.ts';
import type { SettingProblem } from './settingsError.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export function environmentLayer(environment: Environment): Layer {
  const layer: Layer = { given: [], problems: [] };
  const nameOf = new Map<Setting, string>();
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined || text === '') continue;
    const setting = environmentNames.get(name);
    if (setting === undefined) {
      if (name.startsWith('EMAIL_') && !secretFileNames.has(name))
        layer.problems.push(unknownName(name, 'the environment', [...environmentNames.keys()]));
      continue;
    }
    const other = nameOf.get(setting);
    if (other !== undefined && environment[other] !== text) layer.problems.push(twoNames(name, other));
    nameOf.set(setting, name);
    layer.given.push(fromText(setting, name, text));
  }
  return layer;
}

const fromText = (setting: Setting, name: string, text: string): Given => ({
  setting,
  value: setting.kind === 'list' ? text.split(',').flatMap((each) => listItem(setting, each.trim())) : coerce(setting.elementKind, text),
  origin: `environment ${name}`,
});

const listItem = (setting: Setting, text: string): unknown[] => (text === '' ? [] : [coerce(setting.elementKind, text)]);

function coerce(kind: Setting['elementKind'], text: string): unknown {
  if (kind === 'number' && /^-?\d+(\.\d+)?$/.test(text.trim())) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

const twoNames = (name: string, other: string): SettingProblem => ({
  key: name,
  given: null,
  origin: 'the environment',
  problem: `says something else than ${other}, which is the same setting`,
  remedy: 'Set one of the two.',
});
