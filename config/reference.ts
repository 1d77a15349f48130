/** The settings, for people: a reference page, and the settings of a running service with their origins. Secrets are never shown. */
import { catalogue, type Setting } from './catalogue.ts';
import { root } from './fileLayer.ts';
import type { LoadedSettings } from './load.ts';
import { markdownTable } from './markdownTable.ts';

/** `config/SETTINGS.md`. A test compares the two; `node config/reference.ts > config/SETTINGS.md` writes it. */
export function settingsReference(): string {
  return `# Settings

Generated from \`config/schema.ts\` by \`node config/reference.ts > config/SETTINGS.md\`.

Layers, later ones win: defaults, the files named in \`CONFIG_FILES\` (separated by commas; JSON or YAML, keys under \`${root}\`), secrets that are files, the environment.
In the environment lists are separated by commas, and an empty value is no value. A name that begins with \`EMAIL_\` and is no setting is an error.
A secret may be a file: \`DATABASE_URL_FILE\` names one that holds \`databaseUrl\` as plain text, and so with every secret but the operator keys.
At least one is required of \`apiKey.current\` and \`apiKey.file\`, of \`postmark.accountToken\` and \`postmark.accountTokenFile\`, and of
\`webhook.signingKey\` and \`webhook.signingKeyFile\`; a file wins. \`SENTRY_ENVIRONMENT\`, when given, must equal \`partition\`.

${markdownTable([['key', 'environment', 'valid', 'default', 'what it is'], ...catalogue.map(row)])}
`;
}

function row(setting: Setting): string[] {
  const names = setting.environmentNames.map((name) => `\`${name}\``).join(', ');
  return [`\`${setting.path}\``, names, setting.valid, fallbackOf(setting), `${setting.description}${setting.secret ? ' (secret)' : ''}`];
}

function fallbackOf({ required, fallback }: Setting): string {
  if (required) return '**required**';
  return fallback === undefined ? 'none' : `\`${JSON.stringify(fallback)}\``;
}

/** A setting as it is in force: `value` is null when it is not set, and for a secret; `origin` is `default`, a file, or a name of the environment. */
export type PrintedSetting = { path: string; set: boolean; secret: boolean; value: unknown; origin: string };

export const listSettings = ({ settings, origins }: LoadedSettings): PrintedSetting[] =>
  catalogue.map(({ path, secret }) => {
    const value = valueAt(settings, path);
    return { path, set: value !== undefined, secret, value: secret ? null : (value ?? null), origin: origins.get(path) ?? 'default' };
  });

/** One line per setting: `path = value`, and with `origin` where it came from. */
export const printSettings = (loaded: LoadedSettings, { origin: shown }: { origin: boolean }): string =>
  listSettings(loaded)
    .map(({ path, set, secret, value, origin }) => {
      const text = set ? (secret ? '(secret)' : JSON.stringify(value)) : '(not set)';
      return `${path} = ${text}${shown ? `  # ${origin}` : ''}\n`;
    })
    .join('');

function valueAt(settings: object, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), settings);
}

if (import.meta.main) process.stdout.write(settingsReference());
