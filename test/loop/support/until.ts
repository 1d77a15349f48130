/** Looks again and again until something is so: never a fixed wait, and a failure that says what was seen last. */
import { setTimeout as pause } from 'node:timers/promises';

const lookMs = 15;

/** `look` answers what it saw; the wait ends when `isSo` holds of it. */
export async function until<T>(what: string, look: () => Promise<T>, isSo: (seen: T) => boolean, limitMs = 30_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms; last seen ${JSON.stringify(seen)?.slice(0, 2000)}`);
    await pause(lookMs);
  }
}
