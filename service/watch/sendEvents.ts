/** Log lines of `email.send.*`; what goes well is counted and not logged. */
import { logEvent } from './logEvent.ts';

export const sendEvents = {
  attemptsFailed: logEvent(
    'email.send.attempts_failed',
    'warn',
    'Tries of one call that were not accepted for a reason that is not the recipient’s',
    { outcome: 'class: configuration, account, throttled, transient or ambiguous', count: 'messages' },
    ({ outcome, count }) => `${count} message(s) were not accepted: ${outcome}`,
  ),
  deadLetter: logEvent(
    'email.send.dead_letter',
    'warn',
    'Messages came to the end of the ladder; resend gives them another try',
    { count: 'messages' },
    ({ count }) => `${count} message(s) came to the end of the ladder`,
  ),
};
