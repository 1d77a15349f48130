/** Query parameters, whose names Postmark reads without regard to case, and the paging rules that its lists share. */
import { Refusal } from './refusal.ts';

/** At most this many items on a page; Postmark refuses more rather than trimming. */
const countMax = 500;
/** Messages and bounces cannot be paged further than this. */
export const windowMax = 10_000;

export class Query {
  readonly #values = new Map<string, string>();

  constructor(search: URLSearchParams) {
    for (const [name, value] of search) this.#values.set(name.toLowerCase(), value);
  }

  text(name: string): string | null {
    const value = this.#values.get(name.toLowerCase());
    return value === undefined || value === '' ? null : value;
  }

  /** Parameters whose names start so, with the rest of the name (lower-case) and the value. */
  startingWith(prefix: string): [string, string][] {
    return [...this.#values].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]);
  }
}

export type Page = { count: number; offset: number };

/** `code` is the family's own "query exception": 500 domains, 600 servers, 700 messages, 1000 bounces. */
export function pageOf(query: Query, code: number, window = Number.POSITIVE_INFINITY): Page {
  const number = (name: string): number => {
    const text = query.text(name);
    if (text === null) throw new Refusal(code, `Parameter '${name}' is required.`);
    if (!/^\d{1,9}$/.test(text)) throw new Refusal(code, `Parameter '${name}' must be a whole number of at least 0.`);
    return Number(text);
  };
  const page = { count: number('count'), offset: number('offset') };
  if (page.count > countMax) throw new Refusal(code, `Parameter 'count' must be at most ${countMax}.`);
  if (page.count + page.offset > window) throw new Refusal(code, `Parameters 'count' and 'offset' must add up to at most ${window}.`);
  return page;
}

export const slicePage = <T>(items: readonly T[], page: Page): T[] => items.slice(page.offset, page.offset + page.count);
