/** What an answer to a send means: decided by the pair of HTTP status and ErrorCode. */
import { describe, expect, test } from 'vitest';
import { isInactiveRecipient, type OutcomeClass, outcomeOf } from '../../../service/core/job/outcome.ts';

const answered = (httpStatus: number, errorCode: number, messageId: string | null = null) =>
  outcomeOf({ kind: 'answered', httpStatus, errorCode, message: 'as the provider said', messageId });

const rows: [httpStatus: number, errorCode: number, outcome: OutcomeClass, why: string][] = [
  [422, 406, 'recipient', 'inactive recipient'],
  [422, 300, 'recipient', 'invalid address'],
  [422, 402, 'recipient', 'invalid JSON'],
  [422, 403, 'recipient', 'invalid field, not a forbidden call'],
  [422, 409, 'recipient', 'JSON required'],
  [422, 410, 'recipient', 'too many in one batch'],
  [422, 411, 'recipient', 'forbidden attachment'],
  [422, 500, 'recipient', 'a query error, not an internal one'],
  [422, 503, 'recipient', 'a public domain, not maintenance'],
  [422, 504, 'recipient', 'a signature that exists, not a gateway time-out'],
  [422, 1101, 'recipient', 'unknown template'],
  [400, 1002, 'recipient', 'the one business error on 400'],
  [413, 0, 'recipient', 'too large, with a body nobody described'],
  [413, 413, 'recipient', 'too large: HTTP 413 is not ErrorCode 413'],
  [401, 10, 'configuration', 'bad token'],
  [422, 10, 'configuration', 'bad token of an item'],
  [422, 400, 'configuration', 'unknown sender'],
  [422, 401, 'configuration', 'unconfirmed sender'],
  [422, 1235, 'configuration', 'unknown stream'],
  [422, 1236, 'configuration', 'a stream that cannot send'],
  [422, 405, 'account', 'out of credits'],
  [422, 412, 'account', 'pending approval'],
  [422, 413, 'account', 'may not send: ErrorCode 413 is not HTTP 413'],
  [422, 1480, 'account', 'address not allowed'],
  [429, 429, 'throttled', 'too many requests'],
  [429, 0, 'throttled', 'too many requests, said by a gateway'],
  [422, 429, 'throttled', 'too many requests, said of an item'],
  [503, 100, 'transient', 'maintenance'],
  [422, 100, 'transient', 'maintenance, said of an item'],
  [503, 0, 'ambiguous', 'a gateway’s 503 may come after the message was passed on'],
  [500, 101, 'ambiguous', 'internal'],
  [422, 101, 'ambiguous', 'internal, said of an item'],
  [500, 0, 'ambiguous', 'internal'],
  [502, 0, 'ambiguous', 'bad gateway'],
  [504, 0, 'ambiguous', 'gateway time-out'],
  [520, 0, 'ambiguous', 'a gateway’s own status'],
  [408, 0, 'ambiguous', 'a gateway stopped waiting; what stood behind it may not have'],
  [401, 0, 'ambiguous', 'a gateway’s page says nothing of the token'],
  [403, 0, 'ambiguous', 'a gateway’s page'],
  [404, 0, 'ambiguous', 'a gateway’s page'],
  [302, 0, 'ambiguous', 'a redirect'],
  [204, 0, 'ambiguous', 'no body'],
  [200, 0, 'ambiguous', 'a success without a MessageID proves nothing'],
];
test.each(rows)('HTTP %i with ErrorCode %i is %s: %s', (httpStatus, errorCode, outcome) => {
  expect(answered(httpStatus, errorCode).class).toBe(outcome);
});

test('a success is accepted and carries its MessageID', () => {
  expect(answered(200, 0, 'a-message-id')).toMatchObject({ class: 'accepted', messageId: 'a-message-id' });
});

test('no answer is ambiguous', () => {
  expect(outcomeOf({ kind: 'noAnswer', reason: 'time-out' })).toEqual({
    class: 'ambiguous',
    code: 'no_answer',
    message: 'time-out',
    messageId: null,
  });
});

test('the code names what said no: Postmark when it gave a number, else HTTP', () => {
  expect([answered(422, 406).code, answered(429, 0).code, answered(200, 0, 'm').code]).toEqual(['postmark_406', 'http_429', 'http_200']);
});

test('only 406 says that a recipient is inactive', () => {
  expect(isInactiveRecipient(answered(422, 406))).toBe(true);
  expect(isInactiveRecipient(answered(422, 300))).toBe(false);
  expect(isInactiveRecipient(answered(406, 0))).toBe(false);
});

describe('what the provider said can be stored', () => {
  const said = (message: string) => outcomeOf({ kind: 'answered', httpStatus: 422, errorCode: 300, message, messageId: null }).message;
  test('without the NUL that Postgres refuses', () => expect(said('a\u0000b')).toBe('ab'));
  test('cut at a whole character', () => {
    const cut = said(`${'x'.repeat(999)}😀`);
    expect(cut.length).toBeLessThanOrEqual(1000);
    expect(cut.isWellFormed()).toBe(true);
  });
  test('in well-formed text', () => expect(said('a\ud800b').isWellFormed()).toBe(true));
});
