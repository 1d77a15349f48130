/** One form of an address for jobs, suppressions and callbacks: whoever complained as one spelling is not mailed as another. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalRecipient, withAsciiDomain } from '../../../service/core/job/recipient.ts';

const same: [written: string, canonical: string][] = [
  ['bob@example.com', 'bob@example.com'],
  ['Bob@EXAMPLE.com', 'bob@example.com'],
  ['  bob@example.com\t', 'bob@example.com'],
  ['\u00a0bob@example.com\ufeff', 'bob@example.com'],
  ['bob+tag@example.com', 'bob+tag@example.com'],
  ["o'brien@example.com", "o'brien@example.com"],
  ['a.b_c-d@sub.example.co.uk', 'a.b_c-d@sub.example.co.uk'],
  ['bob@bücher.example', 'bob@xn--bcher-kva.example'],
  ['bob@BÜCHER.example', 'bob@xn--bcher-kva.example'],
  ['bob@bu\u0308cher.example', 'bob@xn--bcher-kva.example'],
  ['bob@xn--bcher-kva.example', 'bob@xn--bcher-kva.example'],
  ['bob@XN--BCHER-KVA.EXAMPLE', 'bob@xn--bcher-kva.example'],
  ['bob@例え.テスト', 'bob@xn--r8jz45g.xn--zckzah'],
  ['bob@ｅｘａｍｐｌｅ.com', 'bob@example.com'],
  ['bob@example。com', 'bob@example.com'],
  ['\u212ate@example.com', 'kte@example.com'],
  [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ['1@2.example', '1@2.example'],
];
test.each(same)('%j is %j', (written, canonical) => expect(canonicalRecipient(written)).toBe(canonical));

const none: string[] = [
  '',
  ' ',
  'bob',
  '@example.com',
  'bob@',
  'bob@localhost',
  'bob@example..com',
  'bob@.example.com',
  'bob@example.com.',
  'bob@-example.com',
  'bob@example-.com',
  'bob@exa mple.com',
  'bob@exa\nmple.com',
  'bob@ex_ample.com',
  'bob@example.com:25',
  'bob@example.com/x',
  'bob@user@example.com',
  'bob@%65xample.com',
  'bob@[127.0.0.1]',
  'bob@127.0.0.1',
  'bob@0x7f.1',
  'bob@2130706433',
  'bob smith@example.com',
  'Bob <bob@example.com>',
  'bob@example.com, eve@example.com',
  'böb@example.com',
  '"bob"@example.com',
  'bob\u0000@example.com',
  `${'a'.repeat(65)}@example.com`,
  `a@${'b'.repeat(64)}.com`,
  `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`,
];
test.each(none)('%j is no address that the provider would take', (written) => expect(canonicalRecipient(written)).toBeNull());

describe('whatever is written', () => {
  const address = fc.oneof(
    fc.emailAddress(),
    fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })).map(([local, host]) => `${local}@${host}`),
    fc.tuple(fc.emailAddress(), fc.constantFrom(' ', '\t', '\u00a0')).map(([email, blank]) => `${blank}${email.toUpperCase()}${blank}`),
  );
  test('the canonical form is its own canonical form', () => {
    fc.assert(
      fc.property(address, (written) => {
        const canonical = canonicalRecipient(written);
        return canonical === null || canonicalRecipient(canonical) === canonical;
      }),
      { numRuns: 300 },
    );
  });
  test('the canonical form holds printable ASCII alone, and one @', () => {
    fc.assert(
      fc.property(address, (written) => {
        const canonical = canonicalRecipient(written);
        return canonical === null || /^[!-?A-~]+@[!-?A-~]+$/.test(canonical);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['Help.Desk@Bücher.example', 'Help.Desk@xn--bcher-kva.example'],
  [' Help@Example.COM ', 'Help@example.com'],
  ['\u212ate@example.com', 'kte@example.com'],
  ['none', 'none'],
])('as a provider takes it, %j is %j', (written, taken) => expect(withAsciiDomain(written)).toBe(taken));
