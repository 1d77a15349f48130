/** Runs the zod schema of a route over what came in, and names what is wrong by JSON pointer (RFC 6901). */
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';

export type FieldFault = { pointer: string; detail: string };

export class ValidationFault extends Error {
  readonly faults: readonly FieldFault[];
  /** Set by Fastify: which part of the request it was. */
  readonly validationContext?: string;

  constructor(faults: readonly FieldFault[]) {
    super('the request does not fit the schema of its route');
    this.name = 'ValidationFault';
    this.faults = faults;
  }
}

/** A request can be wrong in thousands of places; nobody mends more at once, and the answer stays small. */
const faultsMax = 20;

export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export const fieldFaults = (error: z.core.$ZodError, prefix = ''): FieldFault[] =>
  error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ pointer: prefix + pointerOf([...issue.path, key]), detail: 'this field is not known here' }))
        : [{ pointer: prefix + pointerOf(issue.path), detail: issue.message }],
    )
    .slice(0, faultsMax);

export const compileValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const prefix = httpPart === 'querystring' ? '/query' : '';
  return (data) => {
    const result = schema.safeParse(data);
    return result.success ? { value: result.data } : { error: new ValidationFault(fieldFaults(result.error, prefix)) };
  };
};
