/** Holds answers against the published contract: the status, the media type, the shape, and for a problem its code are those that the route lists. */
import { z } from 'zod';
import type { WireAnswer } from './wire.ts';

type Reply = { description: string; content?: Record<string, { schema: unknown }> };
type Operation = { responses: Record<string, Reply> };
export type OpenApi = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } };

/** Null when the answer is as the contract says; else what is wrong with it. */
export type Contract = {
  /** Every published method and path, the base path included. */
  operations: readonly { method: string; path: string }[];
  /** `POST /v1/…/job/{eId}/cancel`, or null when no route is meant. */
  operationOf(method: string, target: string): string | null;
  faultOf(operation: string | null, answer: WireAnswer): string | null;
};

const segments = (path: string): string[] => path.split('/').slice(1);

const fits = (template: readonly string[], path: readonly string[]): boolean =>
  template.length === path.length && template.every((part, n) => (part.startsWith('{') ? path[n] !== '' : part === path[n]));

export const contractOf = (document: OpenApi): Contract => {
  const $defs = JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/')) as Record<
    string,
    never
  >;
  const schemas = new Map<string, z.ZodType>();
  const schemaOf = (declared: unknown): z.ZodType => {
    const text = JSON.stringify(declared).replaceAll('#/components/schemas/', '#/$defs/');
    const known = schemas.get(text);
    if (known !== undefined) return known;
    const made = z.fromJSONSchema({ ...(JSON.parse(text) as object), $defs });
    schemas.set(text, made);
    return made;
  };
  const operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ method: verb.toUpperCase(), path, parts: segments(path), operation })),
  );
  // What is fixed is meant before what may be anything.
  operations.sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  const byName = new Map(operations.map(({ method, path, operation }) => [`${method} ${path}`, operation]));
  const problem = { $ref: '#/$defs/Problem' };

  const bodyFault = (reply: Reply, { headers, body }: WireAnswer): string | null => {
    const [mediaType = null, content] = Object.entries(reply.content ?? {})[0] ?? [];
    if (mediaType === null || content === undefined) return body === '' ? null : 'a body where there is none';
    const type = (headers.get('content-type') ?? '').split(';')[0];
    if (type !== mediaType) return `content-type ${type}, not ${mediaType}`;
    if (!mediaType.includes('json')) return null;
    return shapeFault(content.schema, body);
  };
  const shapeFault = (schema: unknown, body: string): string | null => {
    const parsed = schemaOf(schema).safeParse(JSON.parse(body));
    return parsed.success
      ? null
      : `another shape: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`;
  };
  const codeFault = (reply: Reply, { status, body }: WireAnswer): string | null => {
    if (status < 400) return null;
    const { code, status: said } = JSON.parse(body) as { code: string; status: number };
    if (said !== status) return `the body says ${said}`;
    return reply.description.includes(`\`${code}\``) ? null : `the code ${code} is not listed for ${status}`;
  };

  return {
    operations: operations.map(({ method, path }) => ({ method, path })),
    operationOf(method, target) {
      const path = segments((target.split('?')[0] ?? '').replace(/#.*$/, ''));
      const found = operations.find((each) => each.method === method && fits(each.parts, path));
      return found === undefined ? null : `${found.method} ${found.path}`;
    },
    faultOf(operation, answer) {
      if (answer.status >= 500 && answer.status !== 503) return 'a fault of the service';
      if (!/^[A-Za-z0-9._-]{1,64}$/.test(answer.headers.get('x-request-id') ?? '')) return 'no request id';
      const declared = operation === null ? null : (byName.get(operation) ?? null);
      if (declared === null)
        return answer.status >= 400 && answer.status < 500 ? shapeFault(problem, answer.body) : 'no route has this path, and it was served';
      const reply = declared.responses[String(answer.status)];
      if (reply === undefined) return `the status ${answer.status} is not listed`;
      return bodyFault(reply, answer) ?? codeFault(reply, answer);
    },
  };
};
