/**
 * The order in which Route 53 lists a zone, so that rows can be read in the same one and both be walked once, side by side.
 *
 * Route 53 compares names with their labels reversed, the dots included as characters: below a zone, `a-b` stands before `a`, since `-` sorts before the
 * dot that follows `a`. All records below one slug stand together. Rows are read by the slug with a dot at its end, byte by byte.
 */
import { slugPattern } from '../configuration/names.ts';

export const placeOfSlug = (slug: string): string => `${slug}.`;

/** The place of a record among the slugs of its zone; null for what belongs to no slug: the apex, its neighbours, a wildcard. */
export const placeOfRecord = (name: string, zoneName: string): string | null => {
  const below = name.endsWith(`.${zoneName}`) ? name.slice(0, -zoneName.length - 1) : null;
  if (below === null) return null;
  const label = below.slice(below.lastIndexOf('.') + 1);
  return slugPattern.test(label) ? placeOfSlug(label) : null;
};
