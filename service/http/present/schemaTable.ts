/** A JSON schema as a table that a person can read: field, type, rule. */
import { escapeHtml, prose } from './html.ts';

export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  const?: unknown;
  enum?: unknown[];
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
};

/** Nested deeper than this, a table says less than the schema itself. */
const depthMax = 4;

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

/** `string (email)`, `Job[]`, `"a" | "b"`, `integer | null`. */
const typeOf = (schema: JsonSchema): string => {
  if (schema.$ref !== undefined) return `<a href="#schema-${escapeHtml(nameOf(schema.$ref))}">${escapeHtml(nameOf(schema.$ref))}</a>`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `<code>${escapeHtml(JSON.stringify(value))}</code>`).join(' | ');
  if (schema.const !== undefined) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`;
  if (schema.type === 'array') return `${schema.items === undefined ? 'any' : typeOf(schema.items)}[]`;
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'any');
  return escapeHtml(schema.format === undefined ? type : `${type} (${schema.format})`);
};

const rulesOf = (schema: JsonSchema): string => {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems } = schema;
  const ranges: [string, number | undefined, number | undefined][] = [
    ['characters', minLength, maxLength],
    ['', minimum, maximum],
    ['items', minItems, maxItems],
  ];
  const said = ranges
    .filter(([, low, high]) => low !== undefined || high !== undefined)
    .map(([unit, low, high]) => `${low ?? 0}–${high ?? ''} ${unit}`.trim());
  const fallback = schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`];
  return [schema.description, ...said, ...fallback]
    .filter((part) => part !== undefined)
    .map(prose)
    .join('; ');
};

const rows = (schema: JsonSchema, path: string, depth: number): string => {
  if (depth > depthMax) return '';
  const inner = schema.anyOf?.find(({ properties }) => properties !== undefined) ?? schema;
  return Object.entries(inner.properties ?? {})
    .map(([name, property]) => {
      const label = path === '' ? name : `${path}.${name}`;
      const optional = inner.required?.includes(name) ? '' : ' <span class="note">optional</span>';
      const row = `<tr><td><code>${escapeHtml(label)}</code>${optional}</td><td>${typeOf(property)}</td><td>${rulesOf(property)}</td></tr>`;
      return row + rows(property.items ?? property, property.items === undefined ? label : `${label}[]`, depth + 1);
    })
    .join('');
};

export const schemaTable = (schema: JsonSchema): string => {
  if (schema.$ref !== undefined) return `<p>${typeOf(schema)}</p>`;
  const body = rows(schema, '', 0);
  return body === '' ? `<p>${typeOf(schema)} ${rulesOf(schema)}</p>` : `<table>${body}</table>`;
};
