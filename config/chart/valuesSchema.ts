/**
 * `values.schema.json`: what helm holds the values against before it renders anything. Guarantee: a value that the service would refuse at its start is
 * refused at `helm template`, since settings keep their own schema here.
 */
import { z } from 'zod';
import { settingsSchema } from '../schema.ts';
import { chartValuesSchema, settingsNotInTree, settingsOfTheChart } from './values.ts';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** `required` of the settings is the service's to judge: most of them come from values of their own, and secrets from files. */
export function valuesJsonSchema(): JsonSchema {
  const values = z.toJSONSchema(chartValuesSchema, { io: 'input' });
  const settings = settingsTree(z.toJSONSchema(settingsSchema, { io: 'input' }), '');
  const asked = assertFormats(values);
  const properties = {
    ...asked.properties,
    settings: { ...requiring(settings, settingsOfTheChart), ...describedAs(asked, 'settings') },
    global: { type: 'object' as const },
  };
  return { title: 'Values of the Postroute chart', ...asked, properties };
}

/** What the chart reads itself may be changed and not taken away. */
function requiring(schema: JsonSchema, tree: object): JsonSchema {
  const children = Object.entries(tree).map(([key, value]: [string, unknown]) => {
    const child = schema.properties?.[key];
    return [key, typeof child === 'object' && typeof value === 'object' && value !== null ? requiring(child, value) : child] as const;
  });
  const properties = { ...schema.properties, ...Object.fromEntries(children) } as NonNullable<JsonSchema['properties']>;
  return { ...schema, properties, required: Object.keys(tree) };
}

const describedAs = (schema: JsonSchema, key: string): JsonSchema => {
  const found = schema.properties?.[key];
  return typeof found === 'object' && found.description !== undefined ? { description: found.description } : {};
};

/** Every setting is optional, secrets are none of the chart's business, and what a value of its own gives must not be given twice. */
function settingsTree(schema: JsonSchema, under: string): JsonSchema {
  const { properties = {}, required: _, default: __, ...rest } = schema;
  const kept = Object.entries(properties).flatMap(([key, child]) => {
    const path = under === '' ? key : `${under}.${key}`;
    if (typeof child === 'boolean' || settingsNotInTree.includes(path) || Reflect.get(child, 'secret') === true) return [];
    const tree = child.properties === undefined ? leaf(child, path) : settingsTree(child, path);
    return tree.properties !== undefined && Object.keys(tree.properties).length === 0 ? [] : [[key, tree] as const];
  });
  return { ...rest, properties: Object.fromEntries(kept) };
}

/** A pod’s ports are numbers that everybody knows, and above those that only root may open. */
const portPaths: readonly string[] = ['http.port', 'metrics.port'];

function leaf(schema: JsonSchema, path: string): JsonSchema {
  const { default: _, ...bare } = schema;
  if (!portPaths.includes(path)) return assertFormats(bare);
  return { type: 'integer', minimum: 1024, maximum: 65_535, ...(bare.description === undefined ? {} : { description: bare.description }) };
}

/** helm reads `format` as a remark, so that an address needs a pattern besides. */
function assertFormats(schema: JsonSchema): JsonSchema {
  const children = Object.entries(schema.properties ?? {}).map(([key, child]) => [
    key,
    typeof child === 'boolean' ? child : assertFormats(child),
  ]);
  return {
    ...schema,
    ...(schema.properties === undefined ? {} : { properties: Object.fromEntries(children) }),
    ...(schema.format === 'uri' ? { pattern: '^https?://[^/\\s]+\\S*$' } : {}),
  };
}
