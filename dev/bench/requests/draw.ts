/** Draws from a seed, so that a request that was answered wrongly can be made again; and texts as callers never should, but do, send them. */

export type Draw = {
  /** 0 to `below` - 1. */
  int(below: number): number;
  chance(share: number): boolean;
  pick<T>(choices: readonly T[]): T;
};

/** Mulberry32: small, and even enough for this. */
export const drawFrom = (seed: number): Draw => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    chance: (share) => next() < share,
    pick: (choices) => {
      const picked = choices[int(choices.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
  };
};

const oddities = [
  '\u0000',
  '\ud800',
  '\udfff',
  '\r\nBcc: eve@example.com',
  '\n',
  '\t',
  '\u001b[31m',
  '\u007f',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\ufffe',
  '\u202e',
  'e\u0301',
  'ﬀ',
  'İ',
  'ß',
  '👩‍👩‍👧',
  '你好',
  'مرحبا',
  '"',
  '\\',
  "'; drop table email_job; --",
  '<script>',
  '{{x}}',
  '%00',
  '../',
  '$1',
  ',',
  ';',
  '@',
  '',
  ' ',
] as const;

export const oddText = (draw: Draw): string =>
  Array.from({ length: 1 + draw.int(4) }, () => (draw.chance(0.5) ? draw.pick(oddities) : draw.pick(['a', 'Hello', 'acme', '7']))).join('');

/** Odd, and yet a text that may be said on one line: it must be taken, kept and sent. */
const sayable = [
  '👩‍👩‍👧',
  '你好',
  'مرحبا',
  'e\u0301',
  'ﬀ',
  'İ',
  'ß',
  '\u202e',
  "'; drop table email_job; --",
  '<b>',
  '{{x}}',
  '"',
  '\\',
  '%00',
  '\u2028',
] as const;
export const sayableText = (draw: Draw): string =>
  `Hi ${Array.from({ length: draw.int(3) }, () => draw.pick(sayable)).join(' ')} ${draw.int(1000)}`;

/** Any value at all, of any kind. */
export const anyValue = (draw: Draw, depth = 2): unknown => {
  const kinds = [
    () => oddText(draw),
    () => null,
    () => draw.chance(0.5),
    () => draw.pick([0, -1, 1.5, 1e308, 2 ** 53, -0]),
    () => '',
    () => 'x'.repeat(draw.pick([256, 3000, 20_000])),
    () => (depth === 0 ? [] : Array.from({ length: draw.int(4) }, () => anyValue(draw, depth - 1))),
    () => (depth === 0 ? {} : Object.fromEntries(Array.from({ length: draw.int(4) }, () => [oddText(draw), anyValue(draw, depth - 1)]))),
  ];
  return draw.pick(kinds)();
};
