/**
 * A cap on calls under way at once in this process; the rest wait in order of arrival. It bounds sockets too: the client library opens one per
 * concurrent call (50 at once were measured as 49 sockets). Waiting is not bounded here: callers are few, and each is bounded by its own lease.
 */
export type CallSlots = { run<T>(call: () => Promise<T>): Promise<T> };

export function callSlots(concurrencyMax: number): CallSlots {
  const waiting: (() => void)[] = [];
  let free = concurrencyMax;

  const acquire = async (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };

  return {
    async run<T>(call: () => Promise<T>): Promise<T> {
      await acquire();
      try {
        return await call();
      } finally {
        release();
      }
    },
  };
}
