/** Which account token a call is made with, while one is being replaced by another. */
import { expect, test } from 'vitest';
import { PortFault } from '../../service/core/portFault.ts';
import { accountToken, withAccountToken } from '../../service/ports/accountToken.ts';

const refusal = new PortFault({ class: 'refused', provider: 'postmark', operation: 'x', httpStatus: 401, code: '10' }, 'x', null);
const away = new PortFault({ class: 'unavailable', provider: 'postmark', operation: 'x', httpStatus: 503, code: '100' }, 'x', null);

/** A Postmark that knows these tokens; answers the token it was called with. */
const setUp = (current: string, previous: string | null) => {
  const known = new Set(['old']);
  const calls: string[] = [];
  let nowMs = 0;
  let pair = { current, previous };
  const account = accountToken(
    () => pair,
    () => nowMs,
  );
  const call = () =>
    account.call(async (token) => {
      calls.push(token);
      if (!known.has(token)) throw refusal;
      return token;
    });
  return {
    account,
    known,
    calls,
    call,
    later: (ms: number) => {
      nowMs += ms;
    },
    rotate: (next: typeof pair) => {
      pair = next;
    },
  };
};

test('the current one, and no other while Postmark takes it', async () => {
  const { account, calls, call } = setUp('old', 'older');
  expect(account.state()).toBe('unknown');
  await call();
  await call();
  expect([calls, account.state()]).toEqual([['old', 'old'], 'accepted']);
});

test('the previous one while the current is refused, which is tried again after half a minute and not for every call', async () => {
  const { account, known, calls, call, later } = setUp('new', 'old');
  expect([await call(), await call(), calls, account.state()]).toEqual(['old', 'old', ['new', 'old', 'old'], 'refused']);
  known.add('new');
  later(29_000);
  expect([await call(), account.state()]).toEqual(['old', 'refused']);
  later(1_000);
  expect([await call(), account.state()]).toEqual(['new', 'accepted']);
});

test('a token that was just read is tried at once, whatever became of the one before', async () => {
  const { known, call, rotate } = setUp('mistyped', 'old');
  await call();
  known.add('right');
  rotate({ current: 'right', previous: 'old' });
  expect(await call()).toBe('right');
});

test('without a previous one a refusal is the answer; and no other fault sends a call out twice', async () => {
  const { account, call } = setUp('new', null);
  await expect(call()).rejects.toBe(refusal);
  const tried: string[] = [];
  const both = accountToken(
    () => ({ current: 'new', previous: 'old' }),
    () => 0,
  );
  const failing = both.call(async (token) => {
    tried.push(token);
    throw away;
  });
  await expect(failing).rejects.toBe(away);
  expect([tried, account.state()]).toEqual([['new'], 'refused']);
});

test('a port is made anew with the token of the moment, and called with what it was asked', async () => {
  const { account } = setUp('new', 'old');
  type Port = { add(a: number, b: number): Promise<string> };
  const port = withAccountToken<Port>(account, (token) => ({
    async add(a, b) {
      if (token === 'new') throw refusal;
      return `${token} ${a + b}`;
    },
  }));
  expect(await port.add(1, 2)).toBe('old 3');
});
