import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../sandbox/postmark/templates/mustachio/parse.ts';
import { RenderFault, render } from '../../../sandbox/postmark/templates/mustachio/render.ts';
import type { Json } from '../../../sandbox/world/world.ts';

function html(source: string, model: Json): string {
  const { nodes, faults } = parseTemplate(source);
  expect(faults).toEqual([]);
  return render(nodes, model, true);
}

describe('what a template becomes', () => {
  const cases: [string, string, Json, string][] = [
    ['a value', 'Hi {{ name }}!', { name: 'Jo' }, 'Hi Jo!'],
    ['a value that is not there', 'Hi {{name}}!', {}, 'Hi !'],
    ['a path', '{{a.b.c}}', { a: { b: { c: 'x' } } }, 'x'],
    ['a path through what is not there', '{{a.b.c}}', { a: 'text' }, ''],
    ['HTML is escaped', '{{x}}', { x: `<a href="'">&` }, '&lt;a href=&quot;&#39;&quot;&gt;&amp;'],
    ['letters of Latin-1 and pictures are escaped as .NET does', '{{x}}', { x: 'é€😀' }, '&#233;€&#128512;'],
    ['three braces do not escape', '{{{x}}}', { x: '<b>' }, '<b>'],
    ['an ampersand does not escape', '{{&x}}', { x: '<b>' }, '<b>'],
    ['numbers', '{{n}} {{z}}', { n: 1.5, z: 0 }, '1.5 0'],
    ['truth is written as .NET writes it', '{{t}} {{f}}', { t: true, f: false }, 'True False'],
    ['lists and objects are not written', '[{{l}}{{o}}]', { l: [1], o: { a: 1 } }, '[]'],
    ['a comment', 'a{{! not shown }}b', {}, 'ab'],
    ['a section', '{{#p}}{{first}} {{last}}{{/p}}', { p: { first: 'A', last: 'B' } }, 'A B'],
    ['a section does not look above itself', '{{#p}}[{{top}}]{{/p}}', { p: { a: 1 }, top: 'x' }, '[]'],
    ['one level up', '{{#p}}{{../top}}{{/p}}', { p: { a: 1 }, top: 'x' }, 'x'],
    ['up from the item of a list is the list', '{{#each l}}{{../top}}|{{../../top}} {{/each}}', { l: [1, 2], top: 'x' }, '|x |x '],
    ['up from the top is the top', '{{../../name}}', { name: 'Jo' }, 'Jo'],
    ['a list', '{{#each l}}<{{n}}>{{/each}}', { l: [{ n: 1 }, { n: 2 }] }, '<1><2>'],
    ['a list of plain values', '{{#each l}}{{.}},{{/each}}', { l: ['a', 'b'] }, 'a,b,'],
    ['an empty list', 'a{{#each l}}x{{/each}}b', { l: [] }, 'ab'],
    ['a list within a list', '{{#each l}}{{#each m}}{{.}}{{/each}};{{/each}}', { l: [{ m: [1, 2] }, { m: [3] }] }, '12;3;'],
    ['a section enters a list once, rather than going through it', '{{#l}}once{{/l}}', { l: [1, 2] }, 'once'],
    ['an inverted section', '{{^x}}none{{/x}}', {}, 'none'],
    ['a section turned over', '{{#x}}yes{{^x}}no{{/x}}', { x: false }, 'no'],
    ['a section turned over, the other way', '{{#x}}yes{{^x}}no{{/x}}', { x: true }, 'yes'],
    [
      'false, nothing, zero, empty text, list and object are no',
      '{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}{{#e}}e{{/e}}{{#f}}f{{/f}}',
      { a: false, b: null, c: 0, d: '', e: [], f: {} },
      '',
    ],
    ['a name of JavaScript’s own is a name like any other', '{{constructor}}{{toString.name}}{{__proto__}}', {}, ''],
    ['single braces are text', '{ {a} }', { a: 1 }, '{ {a} }'],
    [
      'what is for the sending is left for it',
      '{{{pm:unsubscribe}}}{{pm:unsubscribe_url}}',
      {},
      '{{{pm:unsubscribe}}}{{pm:unsubscribe_url}}',
    ],
  ];
  it.each(cases)('%s', (_case, source, model, text) => {
    expect(html(source, model)).toBe(text);
  });

  it('text is not escaped', () => {
    expect(render(parseTemplate('{{x}}').nodes, { x: '<é>' }, false)).toBe('<é>');
  });

  it('a model that is no list where one is gone through is a fault, and an absent one is not', () => {
    expect(() => html('{{#each x}}{{/each}}', { x: { a: 1 } })).toThrow(RenderFault);
    expect(() => html('{{#each x}}{{/each}}', { x: 'text' })).toThrow(/'x' is used like an array/);
    expect(html('{{#each x}}{{/each}}', {})).toBe('');
  });

  it('that would never end is a fault', () => {
    const inner = '{{#each ../../l}}'.repeat(6) + '{{/each}}'.repeat(6);
    expect(() => html(`{{#each l}}${inner}{{/each}}`, { l: Array.from({ length: 50 }, () => ({})) })).toThrow(RenderFault);
    expect(() => html('{{#each l}}{{../../t}}{{/each}}', { l: Array.from({ length: 1000 }, () => 1), t: 'x'.repeat(10_000) })).toThrow(
      /too large/,
    );
  });
});

describe('what is not Mustachio', () => {
  const invalid = (path: string) => `The path '${path}' is not valid. Please see documentation for examples of valid paths.`;
  const unclosed = (path: string) =>
    `A scope block to the following path was opened but not closed: '${path}', please close it using the appropriate syntax.`;
  const noPath = "The 'each' block being opened requires a model path to be specified in the form '{{#each <name>}}'.";
  const cases: [string, string, [string, number, number][]][] = [
    ['a condition', '{{#if x}}{{/if x}}', [[invalid('if x'), 1, 1]]],
    ['a partial', 'ab{{> footer}}', [[invalid('> footer'), 1, 3]]],
    ['a space in a path', 'a\nb {{first name}}', [[invalid('first name'), 2, 3]]],
    ['three dots', '{{...}}', [[invalid('...'), 1, 1]]],
    ['two dots without a slash', '{{a..b}}', [[invalid('a..b'), 1, 1]]],
    ['a slash without two dots', '{{a/b}}', [[invalid('a/b'), 1, 1]]],
    ['an each without a path', '{{#each}}{{/each}}', [[noPath, 1, 1]]],
    ['an each with another name after it', '{{#eachother}}{{/each}}', [[noPath, 1, 1]]],
    [
      'an each that is not open',
      '{{/each}}',
      [["An 'each' block is being closed, but no corresponding opening element ('{{#each <name>}}') was detected.", 1, 1]],
    ],
    [
      'an each closed by its path',
      '{{#each a}}{{/each a}}',
      [
        ["The syntax to close the 'each' block should be: '{{/each}}'.", 1, 12],
        [unclosed('a'), 1, 1],
      ],
    ],
    ['a section that is not open', '{{/a}}', [['It appears that open and closing elements are mismatched.', 1, 1]]],
    [
      'sections that cross',
      '{{#a}}{{#b}}{{/a}}{{/b}}',
      [
        ['It appears that open and closing elements are mismatched.', 1, 13],
        [unclosed('a'), 1, 1],
      ],
    ],
    ['a section left open', 'x\n\n {{#a}}', [[unclosed('a'), 3, 2]]],
    ['a placeholder in two braces', '{{@content}}', [[invalid('@content'), 1, 1]]],
    ['a path of 33 names', `{{${'a.'.repeat(32)}a}}`, [[invalid(`${'a.'.repeat(32)}a`), 1, 1]]],
  ];
  it.each(cases)('%s', (_case, source, faults) => {
    expect(parseTemplate(source).faults).toEqual(
      faults.map(([Message, Line, CharacterPosition]) => ({ Message, Line, CharacterPosition })),
    );
  });

  it('tells the first hundred mistakes', () => {
    expect(parseTemplate('{{/a}}'.repeat(5000)).faults).toHaveLength(100);
  });
});
