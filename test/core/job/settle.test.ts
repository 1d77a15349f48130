/** What becomes of a job after one try, and the ladder it climbs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome, OutcomeClass } from '../../../service/core/job/outcome.ts';
import { heldLooks, rungAfter } from '../../../service/core/job/retry.ts';
import { type LadderState, nextRung, settle, throttleBackOffSeconds } from '../../../service/core/job/settle.ts';
import { epoch, later } from '../../support/configurationBuilder.ts';

const ladderSeconds = [10, 60, 300, 1800, 7200];
const ladder: LadderState = { attempts: 1, now: epoch, jitter: 0, retryLadderSeconds: ladderSeconds, ambiguityGraceSeconds: 45 };
const outcome = (kind: OutcomeClass, code = 'x'): Outcome => ({ class: kind, code, message: 'm', messageId: null });
const ended = (status: string) => ({ status, nextAttemptAt: null, attemptUsed: true, deadLetter: false });

test.each([
  ['accepted', outcome('accepted'), ended('SENT')],
  ['an inactive recipient', outcome('recipient', 'postmark_406'), ended('SUPPRESSED')],
  ['another refused message', outcome('recipient', 'postmark_300'), ended('FAILED')],
  ['a configuration’s fault', outcome('configuration'), ended('FAILED')],
  [
    'a shut account costs no attempt',
    outcome('account'),
    { status: 'QUEUED', nextAttemptAt: later(throttleBackOffSeconds), attemptUsed: false, deadLetter: false },
  ],
  [
    'throttling costs no attempt',
    outcome('throttled'),
    { status: 'QUEUED', nextAttemptAt: later(throttleBackOffSeconds), attemptUsed: false, deadLetter: false },
  ],
  ['a transient fault', outcome('transient'), { status: 'QUEUED', nextAttemptAt: later(10), attemptUsed: true, deadLetter: false }],
  ['an unknown outcome', outcome('ambiguous'), { status: 'HELD', nextAttemptAt: later(45), attemptUsed: true, deadLetter: false }],
])('%s', (_name, what, expected) => expect(settle(what, ladder)).toEqual(expected));

describe('the ladder', () => {
  test('each rung is waited once, and the end is a dead letter', () => {
    for (const [index, seconds] of ladderSeconds.entries())
      expect(nextRung({ ...ladder, attempts: index + 1 })).toMatchObject({ status: 'QUEUED', nextAttemptAt: later(seconds) });
    expect(nextRung({ ...ladder, attempts: 6 })).toEqual({
      status: 'DEAD_LETTER',
      nextAttemptAt: null,
      attemptUsed: true,
      deadLetter: true,
    });
  });

  test('the wait is within 20 % of its rung, whatever the jitter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.double({ min: -1, max: 1, noNaN: true }), (attempts, jitter) => {
        const rungMs = (ladderSeconds[attempts - 1] ?? 0) * 1000;
        const waitMs = rungAfter(attempts, ladderSeconds, jitter) ?? -1;
        return waitMs >= rungMs * 0.8 - 1 && waitMs <= rungMs * 1.2 + 1;
      }),
    );
    expect([rungAfter(1, ladderSeconds, -1), rungAfter(1, ladderSeconds, 1)]).toEqual([8_000, 12_000]);
  });

  test('an unknown outcome is looked for three times over two minutes', () => {
    expect(heldLooks).toHaveLength(3);
    expect(heldLooks.reduce<number>((sum, seconds) => sum + seconds, 0)).toBe(120);
  });
});
