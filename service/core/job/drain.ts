/** What a lock or a removal still waits for, in words: for whoever reads `waitingOn` or `explain`. */

export type InFlight = {
  sending: number;
  held: number;
  /** Of `held`, those that nothing can look up any more: they stay until somebody says what became of them. */
  unresolvable: number;
};

export const drainEvidence = ({ sending, held, unresolvable }: InFlight): string => {
  const counted = `${sending} sending, ${held} held`;
  return unresolvable === 0
    ? counted
    : `${counted}; ${unresolvable} of them can no longer be looked up, and stay until somebody says what became of each: postroute jobs triage (POST /job/{eId}/triage)`;
};
