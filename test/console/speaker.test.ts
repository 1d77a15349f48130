import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { sheet } from '../../console/present/sheet.ts';
import { table } from '../../console/present/table.ts';
import { createSpeaker, printable } from '../../console/speaker.ts';

test('text from outside cannot move the cursor, colour the terminal or begin a line', () => {
  expect(printable('a\u001b[31mred\u001b[0m\u001b]0;title\u0007\r\nb\u009b2Jc')).not.toMatch(/\p{Cc}/u);
  expect(table<string>([{ head: 'X', of: (text) => text }]).rows(['a\nb'])).toEqual(['a b']);
  expect(sheet([['name', 'a\nb']])).toEqual(['  name  a b']);
});

test('columns line up, from page to page', () => {
  const rows = table<readonly [string, string]>([
    { head: 'ONE', of: ([one]) => one },
    { head: 'TWO', of: ([, two]) => two },
  ]);
  expect([rows.head([['long one', 'x']]), ...rows.rows([['long one', 'x']]), ...rows.rows([['é', 'y']])]).toEqual([
    'ONE       TWO',
    'long one  x',
    'é         y',
  ]);
});

function speaking(terminal: boolean, columns?: number) {
  const said = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => {
    const through = Object.assign(new PassThrough(), { isTTY: terminal, ...(columns === undefined ? {} : { columns }) });
    through.on('data', (chunk: Buffer) => {
      said[name] += chunk.toString();
    });
    return through;
  };
  return { said, speak: createSpeaker({ out: stream('out'), err: stream('err') }, false) };
}

test('on a terminal progress stands in one line, which is cleared before anything else is said', () => {
  const { said, speak } = speaking(true, 24);
  for (const text of ['one', 'one', 'two\u001b[2J', 'a text that is longer than the line']) speak.progress(text);
  speak.line('the answer');
  speak.progress(null);
  expect(said.err).toBe('one\r\u001b[Ktwo\r\u001b[Ka text that is longer t\r\u001b[K');
  expect(said.out).toBe('the answer\n');
});

test('elsewhere each change of progress is a line, and the answer is nothing but the answer', () => {
  const { said, speak } = speaking(false);
  for (const text of ['one', 'one', 'two', null]) speak.progress(text);
  speak.line('the answer');
  expect(said).toEqual({ out: 'the answer\n', err: 'one\ntwo\n' });
});
