/**
 * Claims of ours whose outcome could not be written, most likely because the database was away. They would stay ours for as long as this process lives,
 * since its heartbeat goes on; so each is given back, again and again until that is on disk. A crash needs none of this: the lease ends with the process.
 */
export interface Leftovers {
  /** `giveBack` is guarded by the claim's fence: doing it twice, or too late, changes nothing. */
  keep(giveBack: () => Promise<unknown>): void;
  /** Answers how many were given back. */
  pass(): Promise<number>;
}

export const leftovers = (): Leftovers => {
  let waiting: (() => Promise<unknown>)[] = [];
  return {
    keep: (giveBack) => {
      waiting.push(giveBack);
    },
    async pass() {
      const tried = waiting;
      waiting = [];
      let givenBack = 0;
      for (const giveBack of tried) {
        try {
          await giveBack();
          givenBack += 1;
        } catch {
          // Still away; what failed was told when it first did.
          waiting.push(giveBack);
        }
      }
      return givenBack;
    },
  };
};
