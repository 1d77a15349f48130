/** What has been started so far, to be stopped from the top: the last that came needs those below it. */
export type Part = {
  /** In good order. */
  stop(): Promise<void>;
  /** At once, for somebody who asked twice; must not wait. */
  kill(): void;
};

export type Pile = { add(part: Part): void; stop(): Promise<void>; kill(): void };

export function createPile(): Pile {
  const parts: Part[] = [];
  return {
    add: (part) => {
      parts.push(part);
    },
    /** One part that fails to stop does not keep the others running; the first failure is thrown when all have been asked. */
    stop: async () => {
      const failures: unknown[] = [];
      for (let part = parts.pop(); part !== undefined; part = parts.pop())
        await part.stop().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
    kill: () => {
      for (let part = parts.pop(); part !== undefined; part = parts.pop()) part.kill();
    },
  };
}
