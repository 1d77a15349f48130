/**
 * The lexical half of Mustachio, the language of Postmark's templates: markup becomes tokens, and every mistake in it is named with its place.
 *
 * Follows the behaviour of Postmark's own open-source parser, not that of Mustache or Handlebars, since both accept what Postmark refuses:
 * `{{#if x}}`, partials, spaces in paths. All mistakes are reported, not only the first.
 */

/** As the API writes it; both numbers count from 1. */
export type SyntaxFault = { Message: string; Line: number; CharacterPosition: number };

export type Token =
  | { kind: 'text'; text: string }
  | { kind: 'value'; path: string; escaped: boolean }
  | { kind: 'each' | 'section' | 'inverted'; path: string }
  | { kind: 'close' }
  | { kind: 'content' };

export type Tokens = { tokens: Token[]; faults: SyntaxFault[] };

/** Where a layout takes its template in. */
const contentMarkup = /^\{\{\{\s*@content\s*\}\}\}$/;
/** Filled in when the message is sent on a broadcast stream, and left alone until then. */
const unsubscribeMarkup = /^\{\{\{?\s*pm:unsubscribe(_url)?\s*\}?\}\}$/;
/** Three dots, a character that is neither of a word nor of a path, a slash that does not follow two dots, two dots without a slash. */
const badPath = /\.{3,}|[^\p{L}\p{Mn}\p{Nd}\p{Pc}./]|(?<!\.\.)\/|\.{2,}(?:$|[^/])/u;
/** Deeper than any model that a person writes; with as many levels of blocks, the walks stay well within the stack. */
const pathPartsMax = 32;
/** Each costs a look through the source. */
const faultsMax = 100;

class Tokenizer {
  readonly tokens: Token[] = [];
  readonly faults: SyntaxFault[] = [];
  readonly #source: string;
  /** What is open: the path of a section, or the whole markup of an `each`. */
  readonly #open: { name: string; shown: string; at: number }[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  run(): Tokens {
    let end = 0;
    for (const match of this.#source.matchAll(/\{\{[^{}]+?\}\}|\{\{\{[^{}]+?\}\}\}/g)) {
      this.#text(this.#source.slice(end, match.index));
      this.#markup(match[0], match.index);
      end = match.index + match[0].length;
    }
    this.#text(this.#source.slice(end));
    for (const { shown, at } of this.#open) {
      this.#fault(
        at,
        `A scope block to the following path was opened but not closed: '${shown}', please close it using the appropriate syntax.`,
      );
    }
    return { tokens: this.tokens, faults: this.faults };
  }

  #text(text: string): void {
    if (text !== '') this.tokens.push({ kind: 'text', text });
  }

  #fault(at: number, Message: string): void {
    if (this.faults.length >= faultsMax) return;
    const before = this.#source.slice(0, at);
    this.faults.push({ Message, Line: before.split('\n').length, CharacterPosition: at - before.lastIndexOf('\n') });
  }

  #path(path: string, at: number): string {
    if (badPath.test(path) || path.split('.').length > pathPartsMax)
      this.#fault(at, `The path '${path}' is not valid. Please see documentation for examples of valid paths.`);
    return path;
  }

  #markup(markup: string, at: number): void {
    if (contentMarkup.test(markup)) this.tokens.push({ kind: 'content' });
    else if (unsubscribeMarkup.test(markup)) this.#text(markup);
    else if (markup.startsWith('{{#each')) this.#openEach(markup, at);
    else if (markup.startsWith('{{/each')) this.#closeEach(markup, at);
    else if (markup.startsWith('{{#')) this.#openSection('section', markup, at);
    else if (markup.startsWith('{{^')) this.#openSection('inverted', markup, at);
    else if (markup.startsWith('{{/')) this.#closeSection(markup, at);
    else if (!markup.startsWith('{{!')) this.#value(markup, at);
  }

  #openEach(markup: string, at: number): void {
    const rest = markup.slice('{{#each'.length, -2);
    const path = rest.trim();
    this.#open.push({ name: markup, shown: path, at });
    if (!rest.startsWith(' ') || path === '')
      this.#fault(at, "The 'each' block being opened requires a model path to be specified in the form '{{#each <name>}}'.");
    else this.tokens.push({ kind: 'each', path: this.#path(path, at) });
  }

  #closeEach(markup: string, at: number): void {
    if (markup !== '{{/each}}') this.#fault(at, "The syntax to close the 'each' block should be: '{{/each}}'.");
    else if (this.#open.at(-1)?.name.startsWith('{{#each') === true) this.#close();
    else this.#fault(at, "An 'each' block is being closed, but no corresponding opening element ('{{#each <name>}}') was detected.");
  }

  /** Opening the path that is open already turns it over: `{{#x}}yes{{^x}}no{{/x}}`. */
  #openSection(kind: 'section' | 'inverted', markup: string, at: number): void {
    const path = markup.slice(3, -2).trim();
    if (this.#open.at(-1)?.name === path) this.tokens.push({ kind: 'close' });
    else this.#open.push({ name: path, shown: path, at });
    this.tokens.push({ kind, path: this.#path(path, at) });
  }

  #closeSection(markup: string, at: number): void {
    if (this.#open.at(-1)?.name === markup.slice(3, -2).trim()) this.#close();
    else this.#fault(at, 'It appears that open and closing elements are mismatched.');
  }

  #close(): void {
    this.#open.pop();
    this.tokens.push({ kind: 'close' });
  }

  #value(markup: string, at: number): void {
    const escaped = !markup.startsWith('{{{') && !markup.startsWith('{{&');
    const path = markup.replace(/^\{{2,3}&?|\}{2,3}$/g, '').trim();
    this.tokens.push({ kind: 'value', path: this.#path(path, at), escaped });
  }
}

export const tokenize = (source: string): Tokens => new Tokenizer(source).run();
