/**
 * What becomes of a job after one try. Pure: the ladder's jitter comes in as a number.
 *
 * Attempts: a try uses one up unless the provider throttled it or the account was shut, since neither says anything about the message.
 */
import type { Outcome } from './outcome.ts';
import { isInactiveRecipient } from './outcome.ts';
import type { JobStatus } from './records.ts';
import { rungAfter } from './retry.ts';

export type Settlement = {
  status: JobStatus;
  /** When the next try or look is due; null when there is none. */
  nextAttemptAt: Date | null;
  /** Whether the attempt counts towards the ladder. */
  attemptUsed: boolean;
  deadLetter: boolean;
};

export type LadderState = {
  /** Attempts used, the one being settled included. */
  attempts: number;
  now: Date;
  /** In [-1, 1]: where in the ±20 % the next wait falls. */
  jitter: number;
  retryLadderSeconds: readonly number[];
  ambiguityGraceSeconds: number;
};

/** A pause before asking a throttling server or a shut account again; the pause itself is kept by the sender, not by the job. */
export const throttleBackOffSeconds = 5;

const ended = (status: JobStatus): Settlement => ({ status, nextAttemptAt: null, attemptUsed: true, deadLetter: false });

/** The next rung, or the end of the ladder. */
export const nextRung = (ladder: LadderState): Settlement => {
  const waitMs = rungAfter(ladder.attempts, ladder.retryLadderSeconds, ladder.jitter);
  if (waitMs === null) return { status: 'DEAD_LETTER', nextAttemptAt: null, attemptUsed: true, deadLetter: true };
  return { status: 'QUEUED', nextAttemptAt: new Date(ladder.now.getTime() + waitMs), attemptUsed: true, deadLetter: false };
};

export const settle = (outcome: Outcome, ladder: LadderState): Settlement => {
  switch (outcome.class) {
    case 'accepted':
      return ended('SENT');
    case 'recipient':
      return ended(isInactiveRecipient(outcome) ? 'SUPPRESSED' : 'FAILED');
    case 'configuration':
      return ended('FAILED');
    case 'account':
    case 'throttled': {
      const again = new Date(ladder.now.getTime() + throttleBackOffSeconds * 1000);
      return { status: 'QUEUED', nextAttemptAt: again, attemptUsed: false, deadLetter: false };
    }
    case 'transient':
      return nextRung(ladder);
    case 'ambiguous': {
      const look = new Date(ladder.now.getTime() + ladder.ambiguityGraceSeconds * 1000);
      return { status: 'HELD', nextAttemptAt: look, attemptUsed: true, deadLetter: false };
    }
  }
};
