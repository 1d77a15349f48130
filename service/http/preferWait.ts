/** `Prefer: wait=N` (RFC 7240): how long the caller would like to wait for the outcome. A preference that makes no sense is ignored, as the RFC asks. */

/** A connection that is held longer than this is cut by the usual proxies. */
const waitSecondsMax = 30;

/** Whole seconds, at most 30; null when the caller did not ask to wait. */
export const preferredWaitSeconds = (prefer: string | string[] | undefined): number | null => {
  const preferences = (Array.isArray(prefer) ? prefer.join(',') : (prefer ?? '')).split(',');
  for (const preference of preferences) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference) ?? [];
    // The first one counts when there are several.
    if (seconds !== undefined) return Math.min(Number(seconds), waitSecondsMax);
  }
  return null;
};
