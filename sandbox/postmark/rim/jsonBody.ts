/** Reads a JSON body field by field, as Postmark does: a field nobody knows is 403, one of the wrong JSON type is as good as no JSON (402). */
import type { Json } from '../../world/world.ts';
import { Refusal, unknownFields } from './refusal.ts';

export type JsonObject = { [field: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function objectOf(value: Json | undefined, known: readonly string[]): JsonObject {
  if (!isObject(value)) throw new Refusal(402);
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw unknownFields(unknown);
  return value;
}

/** Absent and null are the same: nothing was said. */
const given = (body: JsonObject, field: string): Json | null => body[field] ?? null;

export function textIn(body: JsonObject, field: string): string | null {
  const value = given(body, field);
  if (value !== null && typeof value !== 'string') throw new Refusal(402);
  return value;
}

export function flagIn(body: JsonObject, field: string): boolean | null {
  const value = given(body, field);
  if (value !== null && typeof value !== 'boolean') throw new Refusal(402);
  return value;
}

export function listIn(body: JsonObject, field: string): Json[] | null {
  const value = given(body, field);
  if (value !== null && !Array.isArray(value)) throw new Refusal(402);
  return value;
}
