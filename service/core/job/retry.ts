/** ±20 %: enough that jobs which failed together do not come back together. */
const jitterShare = 0.2;

/** Milliseconds to wait after the `attempts`-th try, or null when the ladder is exhausted. `jitter` in [-1, 1]. */
export const rungAfter = (attempts: number, retryLadderSeconds: readonly number[], jitter: number): number | null => {
  const seconds = retryLadderSeconds[attempts - 1];
  return seconds === undefined ? null : Math.round(seconds * 1000 * (1 + jitterShare * jitter));
};

/** A job whose outcome is unknown is looked for this often, over two minutes after its grace (domain, "Never twice, never lost"). */
export const heldLooks = [0, 60, 60] as const;
