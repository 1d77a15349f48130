import { expect, test } from 'vitest';
import { sheet } from '../../console/present/sheet.ts';
import { table } from '../../console/present/table.ts';
import { printable } from '../../console/speaker.ts';

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
