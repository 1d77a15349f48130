/** The last strokes on the generated document: schemas that nothing refers to go, and a body that may be left out says so. */
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';

const prefix = '#/components/schemas/';

const refsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner.slice(prefix.length)] : refsIn(inner),
  );
};

/** Names that are referred to from the paths, and by what is referred to from there. */
const referenced = (paths: unknown, schemas: Record<string, unknown>): Set<string> => {
  const reached = new Set<string>();
  const queue = refsIn(paths);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    queue.push(...refsIn(schemas[name]));
  }
  return reached;
};

/** A schema that takes null takes no body at all (jsonBody.ts). */
const takesNothing = (schema: unknown): boolean =>
  typeof schema === 'object' &&
  schema !== null &&
  'anyOf' in schema &&
  Array.isArray(schema.anyOf) &&
  schema.anyOf.some(({ type }) => type === 'null');

type Operation = { requestBody?: { required?: boolean; content?: Record<string, { schema?: unknown }> } };

const relaxBodies = (paths: Record<string, Record<string, Operation>>): void => {
  for (const { requestBody } of Object.values(paths).flatMap((verbs) => Object.values(verbs))) {
    const schemas = Object.values(requestBody?.content ?? {}).map(({ schema }) => schema);
    if (requestBody !== undefined && schemas.some(takesNothing)) requestBody.required = false;
  }
};

export const finishDocument: typeof jsonSchemaTransformObject = (document) => {
  const finished = jsonSchemaTransformObject(document);
  const paths = ('paths' in finished ? finished.paths : {}) as Record<string, Record<string, Operation>>;
  const schemas = ('components' in finished ? finished.components?.schemas : undefined) ?? {};
  relaxBodies(paths);
  const kept = referenced(paths, schemas);
  for (const name of Object.keys(schemas)) if (!kept.has(name)) delete schemas[name];
  return finished;
};
