/** What a JSON schema asks of a single value, in words: `one of api, worker`, `a number over 0`. */
import type { z } from 'zod';

type JsonSchema = z.core.JSONSchema.JSONSchema;

export function validInWords(json: JsonSchema): string {
  if (Array.isArray(json.enum)) return `one of ${json.enum.join(', ')}`;
  if (json.type === 'integer' || json.type === 'number')
    return `${json.type === 'integer' ? 'a whole number' : 'a number'}${rangeOf(json)}`;
  if (json.type === 'boolean') return 'true or false';
  if (json.format === 'uri') return 'a URL';
  return json.type === 'string' && json.pattern !== undefined ? `text like ${json.pattern}` : 'text';
}

function rangeOf(json: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum } = json;
  const low =
    exclusiveMinimum !== undefined
      ? `over ${exclusiveMinimum}`
      : minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER
        ? `from ${minimum}`
        : '';
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `up to ${maximum}` : '';
  const range = [low, high].filter((part) => part !== '').join(' ');
  return range === '' ? '' : ` ${range}`;
}
