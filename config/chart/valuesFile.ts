/** `values.yaml`, printed from the schema: every default with what it is for, and what must be given as a remark, since it has none. */

import { settingsOfTheChart } from './values.ts';
import type { JsonSchema } from './valuesSchema.ts';
import { valuesJsonSchema } from './valuesSchema.ts';

const widthMax = 150;

export function valuesFile(): string {
  const schema = valuesJsonSchema();
  const { global: _, ...properties } = schema.properties ?? {};
  const body = Object.entries(properties).flatMap(([key, child]) => block(key, child, (schema.required ?? []).includes(key), 0));
  return [
    '# The defaults of the chart. Printed from config/chart/values.ts by "node config/chart/write.ts"; change them there.',
    '# What is marked as required has no default; "npm run values" prints it for a partition, from its exports.',
    '',
    ...body,
    '',
  ].join('\n');
}

/** An object with defaults of its own kind is a section; everything else is a value. */
export const isSection = (schema: JsonSchema): boolean => schema.properties !== undefined;

function block(key: string, schema: JsonSchema | boolean, required: boolean, depth: number): string[] {
  if (typeof schema === 'boolean') return [];
  const indent = '  '.repeat(depth);
  const remarks = wrapped(schema.description ?? '', widthMax - indent.length - 2).map((line) => `${indent}# ${line}`);
  if (key === 'settings' && depth === 0) return [...remarks, 'settings:', ...plain(settingsOfTheChart, 1)];
  if (isSection(schema)) {
    const children = Object.entries(schema.properties ?? {});
    const inner = children.flatMap(([name, child]) => block(name, child, (schema.required ?? []).includes(name), depth + 1));
    // A section that holds only what must be given is given by whoever gives that.
    const open = inner.every((line) => line.trimStart().startsWith('#')) ? `${indent}# ${key}:` : `${indent}${key}:`;
    return [...remarks, open, ...inner];
  }
  if (required) return [...remarks, `${indent}# ${key}:    (required)`];
  return [...remarks, `${indent}${key}: ${JSON.stringify(schema.default)}`];
}

function plain(tree: object, depth: number): string[] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? [`${'  '.repeat(depth)}${key}:`, ...plain(value, depth + 1)]
      : [`${'  '.repeat(depth)}${key}: ${JSON.stringify(value)}`],
  );
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.filter((line) => line !== '');
}
