/** The Secrets that a render's pods may count on, by name, with their keys: those that the values take for granted, and those that something makes. */
import { fieldOf, ofKind } from './manifests.ts';
import { secretsOutside } from './matrix.ts';
import type { Render } from './render.ts';

export function secretsOf({ manifests }: Pick<Render, 'manifests'>): ReadonlyMap<string, ReadonlySet<string>> {
  const made = ofKind(manifests, 'ExternalSecret').map((each) => {
    const data = fieldOf(each, 'spec', 'data');
    const keys = (Array.isArray(data) ? data : []).map((one) => String(fieldOf(one, 'secretKey')));
    return [String(fieldOf(each, 'spec', 'target', 'name')), new Set(keys)] as const;
  });
  const outside = Object.entries(secretsOutside).map(([name, texts]) => [name, new Set(Object.keys(texts))] as const);
  return new Map<string, ReadonlySet<string>>([...outside, ...made]);
}
