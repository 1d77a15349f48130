import type { Json } from '../../world/world.ts';

/** As deep as a model may be. What is shown again is walked recursively, and must not reach the end of the stack. */
const depthMax = 100;

/** Level by level, so that the question itself does not depend on the stack. */
export function isShallow(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return false;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return true;
}
