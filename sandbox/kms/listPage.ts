/** The lists of KMS come in pages, which `Limit` and `Marker` ask for. */
import type { Json } from '../world/world.ts';
import { KmsError } from './kmsError.ts';

/** Places are unique and in the order of the list; a marker is the place that a page begins with. */
export function listPage<T>(
  items: readonly T[],
  placeOf: (item: T) => string,
  asked: { Limit: number; Marker?: string | undefined },
): { page: T[]; more: { [member: string]: Json } } {
  const start = asked.Marker === undefined ? 0 : items.findIndex((item) => placeOf(item) === asked.Marker);
  if (start === -1) throw new KmsError('InvalidMarkerException', 'The marker is not valid.');
  const next = items[start + asked.Limit];
  const more = next === undefined ? { Truncated: false } : { Truncated: true, NextMarker: placeOf(next) };
  return { page: items.slice(start, start + asked.Limit), more };
}
