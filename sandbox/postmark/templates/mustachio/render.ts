/**
 * Template and model become text. Where Mustachio differs from Mustache, it is Mustachio that counts: a name is looked up where one stands
 * and nowhere above it; `{{#x}}` enters a list as it enters an object, and only `{{#each x}}` goes through it; `../` from an item of a list
 * leads to the list.
 */
import type { Json } from '../../../world/world.ts';
import type { Block, Node } from './parse.ts';

/** The model does not fit the template. */
export class RenderFault extends Error {}

/** As much as a body may have; a few nested lists make more from a small request. */
const outputMax = 5 * 1024 * 1024;
/** Nested lists can also go on for ever without writing anything. */
const stepsMax = 1_000_000;

type Context = { value: Json | undefined; parent: Context | null };

const ownValue = (holder: Json | undefined, key: string): Json | undefined =>
  typeof holder === 'object' && holder !== null && !Array.isArray(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;

function found(from: Context, path: readonly string[]): Context {
  let context = from;
  for (const part of path) {
    context = part.startsWith('..') ? (context.parent ?? context) : { value: ownValue(context.value, part), parent: context };
  }
  return context;
}

function exists(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Truth is written as .NET writes it; lists and objects are not written. */
function written(value: Json | undefined): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** As .NET encodes: Latin-1 letters and whatever takes two UTF-16 units become numbers. */
const htmlEncoded = (text: string): string =>
  text.replace(
    /[&<>"'\u00a0-\u00ff]|\p{Surrogate}|[\u{10000}-\u{10ffff}]/gu,
    (character) => named[character] ?? `&#${character.codePointAt(0)};`,
  );

class Renderer {
  readonly #escaping: boolean;
  readonly #parts: string[] = [];
  #length = 0;
  #steps = 0;

  constructor(escaping: boolean) {
    this.#escaping = escaping;
  }

  text(): string {
    return this.#parts.join('');
  }

  all(nodes: readonly Node[], context: Context): void {
    for (const node of nodes) {
      this.#steps += 1;
      if (this.#steps > stepsMax || this.#length > outputMax) throw new RenderFault('The rendered content is too large.');
      this.#one(node, context);
    }
  }

  #one(node: Node, context: Context): void {
    if (node.kind === 'text') this.#write(node.text);
    else if (node.kind === 'content') this.#write('{{{@content}}}');
    else if (node.kind === 'value') this.#value(found(context, node.path).value, node.escaped);
    else this.#block(node, found(context, node.path));
  }

  #value(value: Json | undefined, escaped: boolean): void {
    const text = written(value);
    this.#write(escaped && this.#escaping ? htmlEncoded(text) : text);
  }

  #block(block: Block, inside: Context): void {
    if (exists(inside.value) === (block.kind === 'inverted')) return;
    if (block.kind !== 'each') this.all(block.inner, inside);
    else if (Array.isArray(inside.value)) for (const value of inside.value) this.all(block.inner, { value, parent: inside });
    else throw new RenderFault(`'${block.name}' is used like an array by the template, but is a scalar value or object in your model.`);
  }

  #write(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }
}

/** `escaping` is for HTML; subjects and text bodies are written as they are. */
export function render(nodes: readonly Node[], model: Json, escaping: boolean): string {
  const renderer = new Renderer(escaping);
  renderer.all(nodes, { value: model, parent: null });
  return renderer.text();
}
