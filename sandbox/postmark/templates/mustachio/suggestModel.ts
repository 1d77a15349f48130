/** A model that a template would be content with, from how it uses each name: what `/templates/validate` suggests and renders with. */
import type { Json } from '../../../world/world.ts';
import type { Node } from './parse.ts';

type Use = 'scalar' | 'condition' | 'collection';

class Inferred {
  readonly #key: string;
  readonly #parent: Inferred | null;
  readonly #uses = new Set<Use>();
  readonly #children = new Map<string, Inferred>();

  constructor(key: string, parent: Inferred | null) {
    this.#key = key;
    this.#parent = parent;
  }

  at(path: readonly string[], use: Use): Inferred {
    let place: Inferred = this;
    for (const part of path) place = part.startsWith('..') ? (place.#parent ?? place) : place.#child(part);
    place.#uses.add(use);
    return place;
  }

  #child(key: string): Inferred {
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const made = new Inferred(key, this);
    this.#children.set(key, made);
    return made;
  }

  model(): Json {
    if (this.#uses.has('scalar') && this.#uses.size === 1) return `${this.#key}_Value`;
    const members = Object.fromEntries([...this.#children].map(([key, child]) => [key, child.model()]));
    if (!this.#uses.has('collection')) return members;
    return this.#children.size > 0 ? [members] : [1, 2, 3].map((n) => `${this.#key}_${n}`);
  }
}

const useOf = { value: 'scalar', section: 'condition', inverted: 'condition', each: 'collection' } as const;

function note(nodes: readonly Node[], scope: Inferred): void {
  for (const node of nodes) {
    if (node.kind === 'text' || node.kind === 'content') continue;
    const inside = scope.at(node.path, useOf[node.kind]);
    if (node.kind !== 'value') note(node.inner, inside);
  }
}

const isMembers = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was given counts; what it lacks is filled in. */
function completed(given: Json, suggested: Json): Json {
  if (!isMembers(given) || !isMembers(suggested)) return given;
  const merged = new Map(Object.entries(suggested));
  for (const [key, value] of Object.entries(given)) merged.set(key, completed(value, merged.get(key) ?? null));
  return Object.fromEntries(merged);
}

/** `given` is at most a hundred levels deep. */
export function suggestModel(templates: readonly (readonly Node[])[], given: Json): Json {
  const root = new Inferred('', null);
  for (const nodes of templates) note(nodes, root);
  return completed(given, root.model());
}
