/** Postmark's largest page; lists give a total and no cursor. */
export const pageMax = 500;

/** The first item that matches, page by page; null when the list has none. A list that shrinks while it is read ends at its empty page. */
export async function findPaged<T>(
  page: (offset: number) => Promise<{ total: number; items: readonly T[] }>,
  matches: (item: T) => boolean,
): Promise<T | null> {
  for (let offset = 0; ; offset += pageMax) {
    const { total, items } = await page(offset);
    const found = items.find(matches);
    if (found !== undefined) return found;
    if (items.length === 0 || offset + pageMax >= total) return null;
  }
}
