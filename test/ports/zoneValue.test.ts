import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, decodeTxt, encodeTxt } from '../../service/ports/zoneValue.ts';

describe('TXT values', () => {
  it('every text comes back as it went in, across chunk edges and whatever its characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 1200 }), (text) => decodeTxt(encodeTxt(text)) === text));
  });

  it('is written in quoted strings of at most 255 bytes each, in printable ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1200 }), (text) => {
        const strings = encodeTxt(text).match(/"(?:[^"\\]|\\.)*"/g) ?? [];
        expect(encodeTxt(text)).toBe(strings.join(' '));
        expect(encodeTxt(text)).toMatch(/^[\x20-\x7e]*$/);
        for (const each of strings) expect(each.slice(1, -1).replace(/\\(\d{3}|.)/g, 'x').length).toBeLessThanOrEqual(255);
      }),
    );
  });

  it.each([
    ['a key of 2,048 bits takes two strings', `k=rsa;p=${'A'.repeat(400)}`, `"k=rsa;p=${'A'.repeat(247)}" "${'A'.repeat(153)}"`],
    ['quotes and backslashes are escaped', 'a"b\\c', '"a\\"b\\\\c"'],
    ['what is not ASCII is escaped byte by byte', 'é', '"\\303\\251"'],
    ['an empty value is an empty string', '', '""'],
  ])('%s', (_, plain, written) => {
    expect(encodeTxt(plain)).toBe(written);
    expect(decodeTxt(written)).toBe(plain);
  });

  it.each([
    ['a value cut at other places', '"k=rsa;" "p=AB" "C"', 'k=rsa;p=ABC'],
    ['a value without quotes, as hand-written ones are', 'k=rsa;p=ABC', 'k=rsa;p=ABC'],
    ['several blanks between strings', '"a"   "b"', 'ab'],
    ['blanks inside a string', '"a b"', 'a b'],
    ['an escape that is not octal', '"\\q"', 'q'],
    ['a backslash at the end', '"a\\', 'a\\'],
  ])('%s reads as its text', (_, written, plain) => {
    expect(decodeTxt(written)).toBe(plain);
  });
});

describe('names', () => {
  it.each([
    ['Acme.Dev.Example.COM.', 'acme.dev.example.com'],
    ['\\052.dev.example.com.', '*.dev.example.com'],
    ['x._domainkey.acme.dev.example.com', 'x._domainkey.acme.dev.example.com'],
  ])('%s reads as %s', (written, plain) => {
    expect(decodeName(written)).toBe(plain);
  });
});
