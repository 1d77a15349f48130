/**
 * Work under way side by side, so many at once: a call that hangs for its whole time-out keeps its own lane, and whoever comes after takes another.
 * On a crash what is under way is nobody's, as its claims say.
 */
export interface Lanes {
  /** How many may begin now. */
  free(): number;
  /** Takes a lane until the work is over; it answers how much it did. */
  begin(work: Promise<number>): void;
  /** How much has been done here, ever: a change says that looking again is worth it. */
  done(): number;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** `onFree` is told of a lane that becomes free when something was done in it, or when somebody may have waited for it. */
export const lanes = (count: number, onFree: () => void, onTrouble: (error: unknown) => void): Lanes => {
  const underWay = new Set<Promise<void>>();
  let done = 0;
  return {
    free: () => count - underWay.size,
    begin(work) {
      const over: Promise<void> = work
        .catch((error: unknown) => {
          onTrouble(error);
          return 0;
        })
        .then((did) => {
          const wasFull = underWay.size >= count;
          underWay.delete(over);
          done += did;
          if (did > 0 || wasFull) onFree();
        });
      underWay.add(over);
    },
    done: () => done,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
};
