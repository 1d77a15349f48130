/** The table of values in the chart's README, between two marks. */
import { markdownTable } from '../markdownTable.ts';
import { validInWords } from '../valid.ts';
import { isSection } from './valuesFile.ts';
import { type JsonSchema, valuesJsonSchema } from './valuesSchema.ts';

const marks = { from: '<!-- values: printed by node config/chart/write.ts -->', to: '<!-- end of values -->' };

/** Throws when the page has lost a mark. */
export function withValuesTable(page: string): string {
  const from = page.indexOf(marks.from);
  const to = page.indexOf(marks.to);
  if (from < 0 || to < from) throw new Error(`the chart's README must hold ${marks.from} and, after it, ${marks.to}`);
  return `${page.slice(0, from + marks.from.length)}\n\n${valuesTable()}\n\n${page.slice(to)}`;
}

function valuesTable(): string {
  const { global: _, ...properties } = valuesJsonSchema().properties ?? {};
  return markdownTable([['value', 'valid', 'default', 'what it is'], ...rows(properties, valuesJsonSchema().required ?? [], '')]);
}

function rows(properties: Readonly<Record<string, JsonSchema | boolean>>, required: readonly string[], under: string): string[][] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    if (typeof schema === 'boolean') return [];
    const path = `${under}${key}`;
    if (path === 'settings')
      return [['`settings`', 'see [SETTINGS.md](../../config/SETTINGS.md)', 'the ports and the stop', schema.description ?? '']];
    if (isSection(schema)) return rows(schema.properties ?? {}, schema.required ?? [], `${path}.`);
    const fallback = required.includes(key) ? '**required**' : `\`${JSON.stringify(schema.default)}\``;
    return [[`\`${path}\``, validOf(schema), fallback, schema.description ?? '']];
  });
}

function validOf(schema: JsonSchema): string {
  if (schema.type === 'array') return 'a list';
  if (schema.type === 'object') return 'a map';
  return schema.format === 'uri' ? 'a URL' : validInWords(schema);
}
