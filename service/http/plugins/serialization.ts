/**
 * How a reply becomes JSON: what fits its schema, and nothing else; times as ISO 8601 UTC with milliseconds.
 *
 * Dates are written before `JSON.stringify` sees them: it takes a slow path for a whole reply in which anything has a `toJSON` (a page of 50
 * configurations: 0.95 ms with dates in it, 0.10 ms with texts).
 */
import type { FastifySerializerCompiler } from 'fastify';
import { ResponseSerializationError } from 'fastify-type-provider-zod';
import { z } from 'zod';

const withTextDates = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(withTextDates);
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = withTextDates((value as Record<string, unknown>)[key]);
  return copy;
};

const schemaOf = (declared: z.ZodType | { properties: z.ZodType }): z.ZodType =>
  'properties' in declared ? declared.properties : declared;

export const compileSerializer: FastifySerializerCompiler<z.ZodType | { properties: z.ZodType }> = ({ schema, method, url }) => {
  const declared = schemaOf(schema);
  return (data) => {
    const result = z.safeEncode(declared, data);
    if (!result.success) throw new ResponseSerializationError(method, url, { cause: result.error });
    return JSON.stringify(withTextDates(result.data));
  };
};
