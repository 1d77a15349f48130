/** Prints what the chart takes from its one schema: `node config/chart/write.ts`. `npm run check` fails while a file says something else. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../catalogue.ts';
import { withValuesTable } from './readmeTable.ts';
import { valuesFile } from './valuesFile.ts';
import { valuesJsonSchema } from './valuesSchema.ts';

const chart = fileURLToPath(new URL('../../helm/postroute/', import.meta.url));

const files: readonly { name: string; text: (now: string) => string }[] = [
  { name: 'values.schema.json', text: () => `${JSON.stringify(valuesJsonSchema(), null, 2)}\n` },
  { name: 'values.yaml', text: valuesFile },
  { name: 'README.md', text: withValuesTable },
  { name: 'Chart.yaml', text: withAppVersion },
  { name: 'templates/_defaults.tpl', text: defaultsTemplate },
];

/** The application's version is the package's: the image of that tag is what a chart without a tag runs. */
function withAppVersion(now: string): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return now.replace(/^appVersion: .*$/m, `appVersion: ${JSON.stringify(version)}`);
}

type Tree = { [key: string]: unknown };

/** What a setting is when nobody gives it, for the few templates that reckon with one. */
function defaultsTemplate(): string {
  const tree: Tree = {};
  for (const { path, fallback } of catalogue) {
    const keys = path.split('.');
    if (fallback !== undefined) keys.slice(0, -1).reduce(sectionOf, tree)[keys.at(-1) ?? path] = fallback;
  }
  const remark = '{{/* Printed from config/schema.ts by "node config/chart/write.ts". */}}';
  return `${remark}\n{{- define "postroute.defaults" -}}\n${JSON.stringify(tree, null, 2)}\n{{- end -}}\n`;
}

function sectionOf(tree: Tree, key: string): Tree {
  const found = tree[key];
  if (typeof found === 'object' && found !== null) return found as Tree;
  const made: Tree = {};
  tree[key] = made;
  return made;
}

const read = (name: string): string => {
  try {
    return readFileSync(`${chart}${name}`, 'utf8');
  } catch {
    return '';
  }
};

/** null when all of them are what the schema prints. */
export function chartFilesProblem(): string | null {
  const stale = files.filter(({ name, text }) => read(name) !== text(read(name))).map(({ name }) => `helm/postroute/${name}`);
  return stale.length === 0 ? null : `${stale.join(', ')}: not what config/chart/values.ts says; run: node config/chart/write.ts`;
}

if (import.meta.main) for (const { name, text } of files) writeFileSync(`${chart}${name}`, text(read(name)));
