import { assert, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodedText, encodedText, parseCharacterStrings } from '../../../sandbox/route53/characterString.ts';
import { canonicalName, isWithin, wireLabels } from '../../../sandbox/route53/recordName.ts';

describe('TXT values', () => {
  it('any text comes back, also when a character is cut between two strings', () => {
    assert(property(string({ unit: 'grapheme', maxLength: 600 }), (text) => decodedText(encodedText(text)) === text));
  });

  it('no string of an encoded value is longer than 255 bytes', () => {
    assert(
      property(uint8Array({ maxLength: 1500 }), (bytes) => {
        const parsed = parseCharacterStrings(encodedText(Buffer.from(bytes).toString('latin1')));
        return parsed.kind === 'parsed' && parsed.strings.every((part) => part.length <= 255);
      }),
    );
  });

  it.each([
    ['"a" "b"', ['a', 'b']],
    ['""', ['']],
    ['"a"    "b"', ['a', 'b']],
    ['"a\\"b"', ['a"b']],
    ['"a\\\\"', ['a\\']],
    ['"\\101\\040B"', ['A B']],
  ])('%s is read as %j', (value, strings) => {
    expect(parseCharacterStrings(value)).toEqual({ kind: 'parsed', strings: strings.map((text) => Buffer.from(text)) });
  });

  it.each(['bare', '"open', 'a"b"', '"a""b"', '"a\\"', '', '"é"'])('%s is refused', (value) => {
    expect(parseCharacterStrings(value).kind).toBe('invalid');
  });
});

describe('names', () => {
  it.each([
    ['A.Example.COM', 'a.example.com.'],
    ['a.example.com.', 'a.example.com.'],
    ['*.example.com', '\\052.example.com.'],
    ['\\052.example.com', '\\052.example.com.'],
    ['_dmarc.example.com', '_dmarc.example.com.'],
    ['a b.example.com', 'a\\040b.example.com.'],
    ['é.example.com', '\\303\\251.example.com.'],
  ])('%s is kept as %s', (name, canonical) => {
    expect(canonicalName(name)).toBe(canonical);
    expect(canonicalName(canonical), 'and stays so').toBe(canonical);
  });

  it.each(['', '.', 'a..b', '.a', `${'x'.repeat(64)}.com`, Array(130).fill('a').join('.')])('%s is no domain name', (name) => {
    expect(canonicalName(name)).toBeNull();
  });

  it('a name ends like its zone at a dot only', () => {
    expect([
      isWithin('a.dev.example.', 'dev.example.'),
      isWithin('dev.example.', 'dev.example.'),
      isWithin('xdev.example.', 'dev.example.'),
    ]).toEqual([true, true, false]);
  });

  it('goes to the wire without its escapes', () => {
    expect(wireLabels('\\052.a.').map(String)).toEqual(['*', 'a']);
    expect(wireLabels('a\\056b\\377.c.')).toEqual([Buffer.from('a.b\xff', 'latin1'), Buffer.from('c')]);
  });
});
