/**
 * One call as a shell takes it: all that is required, with values that are valid. What differs from one reader to the next is left to variables, which
 * the reference names at its beginning.
 */
import type { JsonSchema } from './schemaTable.ts';

export type CallShape = {
  parameters?: readonly { name: string; in: string; required?: boolean }[];
  requestBody?: { required?: boolean; content: Record<string, { schema?: JsonSchema }> };
  security?: readonly unknown[];
};
type Schemas = Readonly<Record<string, JsonSchema>>;

/** By the name of the field. A value that begins with `$` is a variable of the shell. */
const examples: Readonly<Record<string, unknown>> = {
  sendingDomainSlug: '$TENANT',
  tenantId: '$TENANT',
  configurationEId: '$ID',
  recipient: 'ada@example.com',
  subject: 'Hello',
  textBody: 'Hi Ada',
  reason: 'why',
  name: 'their backend',
  idempotencyKey: 'hello-1',
};
/** Not required by themselves, and one of them is. */
const alsoShown = ['textBody'];

const exampleOf = (name: string, schema: JsonSchema, schemas: Schemas): unknown => {
  const resolved = schema.$ref === undefined ? schema : (schemas[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)] ?? {});
  if (resolved.items !== undefined) return [exampleOf(name, resolved.items, schemas)];
  if (resolved.properties === undefined) return resolved.enum?.[0] ?? examples[name] ?? name;
  const shown = Object.entries(resolved.properties).filter(
    ([field]) => resolved.required?.includes(field) === true || alsoShown.includes(field),
  );
  return Object.fromEntries(shown.map(([field, property]) => [field, exampleOf(field, property, schemas)]));
};

/** In single quotes, but for the variables, which the shell is to see. */
const quoted = (text: string): string => `'${text.replaceAll(/\$[A-Z]+/g, (variable) => `'"${variable}"'`)}'`;

const headersOf = ({ parameters = [], security = [] }: CallShape): string[] => {
  const named = (name: string): boolean => parameters.some((each) => each.name === name);
  return [
    ...(security.length === 0 ? [] : ['"Authorization: Bearer $KEY"']),
    ...(named('X-Tenant-Id') ? ['"X-Tenant-Id: $TENANT"'] : []),
    ...(named('X-Author') ? ["'X-Author: me'"] : []),
    ...(named('Idempotency-Key') ? ["'Idempotency-Key: hello-1'"] : []),
  ];
};

/** `path`: with its parameters as `{eId}`. */
export const curlLine = (verb: string, path: string, call: CallShape, schemas: Schemas): string => {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'signal' ? 'unlock' : name === 'code' ? 'not_found' : '$ID',
  );
  const schema = call.requestBody?.required === true ? Object.values(call.requestBody.content)[0]?.schema : undefined;
  const body =
    schema === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(exampleOf('', schema, schemas)))}`];
  const method = verb.toUpperCase() === 'GET' || body.length > 0 ? [] : [`-X ${verb.toUpperCase()}`];
  return ['curl', ...method, `"$URL${address}"`, ...headersOf(call).map((header) => `-H ${header}`), ...body].join(' ');
};
