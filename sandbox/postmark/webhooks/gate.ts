/** Lets a bounded number of tasks run at once; the others wait their turn, first come first served. */
export type Gate = <T>(task: () => Promise<T>) => Promise<T>;

export function createGate(limit: number): Gate {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      // The place passes on to the next in line; only when nobody waits does it become free.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
