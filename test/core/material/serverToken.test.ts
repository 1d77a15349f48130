/** Which of a server's tokens is used, as a person makes a second one at Postmark and takes the first away. */
import { expect, test } from 'vitest';
import { tokenToUse } from '../../../service/core/material/serverToken.ts';

const wasOurs =
  (...tokens: string[]) =>
  (token: string): boolean =>
    tokens.includes(token);

test.each<[string, string, string[], string[], ReturnType<typeof tokenToUse>]>([
  ['ours is the only one', 'a', ['a'], [], { kind: 'keep' }],
  ['ours is the only one, in other letters', 'a', ['A'], [], { kind: 'keep' }],
  ['another appears beside it', 'a', ['a', 'b'], [], { kind: 'replace', token: 'b', why: 'another' }],
  ['the one before ours is still listed', 'b', ['a', 'b'], ['a'], { kind: 'keep' }],
  [
    'the one before ours is still listed, and a third appears',
    'b',
    ['a', 'b', 'c'],
    ['a'],
    { kind: 'replace', token: 'c', why: 'another' },
  ],
  ['ours was taken away for another', 'a', ['b'], [], { kind: 'replace', token: 'b', why: 'withdrawn' }],
  ['ours was taken away and the one before is all there is', 'b', ['a'], ['a'], { kind: 'replace', token: 'a', why: 'withdrawn' }],
  ['the list shows none', 'a', [], [], { kind: 'keep' }],
])('%s', (_what, ours, listed, replaced, choice) => {
  expect(tokenToUse(ours, listed, wasOurs(...replaced))).toEqual(choice);
});
