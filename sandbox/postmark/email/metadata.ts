import type { Json } from '../../world/world.ts';
import { isObject } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';

const fieldsMax = 10;
const nameMax = 20;
const valueMax = 80;

const invalid = (why: string): Refusal => new Refusal(300, `Invalid 'Metadata' content. ${why}`);

export function metadataIn(value: Json | undefined): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Refusal(402);
  const entries = Object.entries(value);
  if (entries.length > fieldsMax) throw invalid(`It is limited to ${fieldsMax} fields per message.`);
  const seen = new Set<string>();
  const metadata: [string, string][] = [];
  for (const [name, text] of entries) {
    if (name === '' || name.length > nameMax) throw invalid(`Field names are limited to ${nameMax} characters: '${name}'.`);
    if (typeof text !== 'string') throw invalid(`The value of '${name}' must be a string.`);
    if (text.length > valueMax) throw invalid(`Values are limited to ${valueMax} characters: '${name}'.`);
    if (seen.has(name.toLowerCase())) throw invalid(`Field names must differ in more than case: '${name}'.`);
    seen.add(name.toLowerCase());
    metadata.push([name, text]);
  }
  // Not assigned one by one: `__proto__` is a name like any other.
  return Object.fromEntries(metadata);
}
